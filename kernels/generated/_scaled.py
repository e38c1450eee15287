"""Requantization of depthwise sums: one SMMUL and one SSAT, and all that they do not know is in weights and start.

The weights of a channel are multiplied by a power of two, as lanes of 16 bits have room for it. The register then holds
scale * sum + offset, and the output is ssat8(register * M >> (32 + shift)) with one shift for all channels. The offset
holds zero point and rounding. It goes into the value that a sum begins with, so it costs nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from _weighted import WeightedLayer
from numpy.typing import NDArray

from scons_tinyml.stages.graph.families.quantization.fixed_point import INT32_MAX, INT32_MIN, clamp
from scons_tinyml.stages.lowering.thumb.assembler import Assembler
from scons_tinyml.stages.lowering.thumb.proof import with_roundings
from scons_tinyml.stages.lowering.thumb.registers import Register
from scons_tinyml.stages.lowering.thumb.requantization import Clamp, Requantization
from scons_tinyml.stages.lowering.thumb.sums import (
    INT8_MAX,
    INT8_MIN,
    OutputRange,
    Sums,
    constant_output,
    is_within,
    thresholds,
)

_SHIFTS = (8, 12, 4, 16, 10, 6, 14, 2, 0, 18, 20)
"""Tried in this order: 8 fits nearly all layers, which then share their function."""
_SCALES = (256, 128, 64, 32, 16, 8, 4, 2, 1)
"""The largest that leaves int8 weights in 16 bits, and down from it."""
_TRIED = (0, 1, -1, 2, -2, 3, -3)
"""Distances from the nearest whole M that are tried."""
_DOUBLED = 2
"""Scale for TFLM's own roundings, which take twice the sum."""
_CONSTANT_FACTOR = 2**30
"""M of a channel whose output is constant."""


@dataclass(frozen=True)
class Scaled:
    """y = ssat8(register * M >> (32 + shift)); M is the constant of a channel."""

    constants: tuple[tuple[int, ...], ...]
    shift: int
    clamp: Clamp

    @property
    def cycles(self) -> int:
        """Cycles of one value."""
        return 2 + self.clamp.cycles

    def emit(self, asm: Assembler, values: Sequence[Register], constants: Sequence[Register]) -> None:
        """Replace sums by outputs."""
        (factor,) = constants
        asm.comment(f"output = ssat8(sum * factor >> {32 + self.shift}), all thresholds proven")
        for value in values:
            asm("smmul", value, value, factor)
        for value in values:
            asm("ssat", value, 8, value, *([f"asr #{self.shift}"] if self.shift else []))
        self.clamp.emit(asm, values)

    def output(self, channel: int, value: int) -> int:
        """Return the output for the register content `value`."""
        assert INT32_MIN <= value <= INT32_MAX
        (factor,) = self.constants[channel]
        return self.clamp.output(clamp(value * factor >> (32 + self.shift), INT8_MIN, INT8_MAX))


@dataclass(frozen=True)
class ScaledSums:
    """What the registers of each channel hold: scale * (sum of weights * inputs) + start; and how it is requantized."""

    requantization: Requantization
    scales: NDArray[np.int64]
    """[channels], powers of two up to 256."""
    starts: NDArray[np.int32]
    """[channels]."""


def scaled_sums(layer: WeightedLayer) -> ScaledSums | str:
    """Return scales and constants that are proven for all sums within reach, or the reason why there are none."""
    sums = layer.sums()
    for channel, found in enumerate(sums):
        if layer.live[channel] and not is_within(found):
            return f"sums of channel {channel} reach {found.low} to {found.high}, which 32 bits do not hold"
    values = layer.weights.astype(np.int64) * layer.live[:, None]
    bases = np.where(layer.live, layer.bias, 0) - layer.input_zero_point * values.sum(1)
    fitted = _fitted(sums, layer.output)
    if fitted is not None:
        scales, offsets, requantization = fitted
        return ScaledSums(requantization, scales, _int32(scales * bases + offsets))
    rounded = with_roundings(layer.sums(_DOUBLED), layer.output)
    if isinstance(rounded, str):
        return rounded
    return ScaledSums(rounded, np.full(layer.channels, _DOUBLED, np.int64), _int32(_DOUBLED * bases))


def _int32(values: NDArray[np.int64]) -> NDArray[np.int32]:
    """Return `values` modulo 2**32: sums wrap on their way and are right in the end."""
    return values.astype(np.uint32).view(np.int32)


def _fitted(
    channels: Sequence[Sums], output: OutputRange
) -> tuple[NDArray[np.int64], NDArray[np.int64], Scaled] | None:
    """Return scales, offsets and the requantization of the first shift that all channels allow."""
    for shift in _SHIFTS:
        found: list[tuple[int, int, int]] = []
        for sums in channels:
            constants = _constants(sums, output, shift)
            if constants is None:
                break
            found.append(constants)
        else:
            scales, offsets = (np.array(column, np.int64) for column in list(zip(*found, strict=True))[:2])
            factors = tuple((factor,) for _, _, factor in found)
            exact = Scaled(factors, shift, Clamp())
            limits = _limits(channels, output, exact, scales.tolist(), offsets.tolist())
            return scales, offsets, Scaled(factors, shift, limits)
    return None


def _constants(sums: Sums, output: OutputRange, shift: int) -> tuple[int, int, int] | None:
    """Return scale, offset and M with which all thresholds within reach are met, or None."""
    constant = constant_output(sums, output)
    if constant is not None:
        return 1, ((constant << shift) + (1 << shift >> 1)) * (2**32 // _CONSTANT_FACTOR), _CONSTANT_FACTOR
    first = thresholds(sums, output)
    results = np.arange(output.minimum + 1, output.maximum + 1, dtype=np.int64) << (32 + shift)
    met, missed = first <= sums.high, first > sums.low
    for scale in _SCALES:
        ideal = sums.factor.multiplier * 2.0 ** (1 + shift + sums.factor.shift) / scale
        for factor in (round(ideal) + distance for distance in _TRIED) if ideal < INT32_MAX else ():
            if not 0 < factor <= INT32_MAX:
                continue
            # (scale * sum + offset) * M reaches a result from `distance` = first - offset on.
            distances = -(-results // factor) - scale * first
            least = max(int(distances[met].max(initial=INT32_MIN)), INT32_MIN - scale * sums.low)
            most = min(
                int(distances[missed].min(initial=INT32_MAX)) + scale - 1, INT32_MAX - scale * sums.high
            )
            if least <= most:
                return scale, (least + most) // 2, factor
    return None


def _limits(
    channels: Sequence[Sums], output: OutputRange, found: Scaled, scales: list[int], offsets: list[int]
) -> Clamp:
    """Return the limits that outputs within reach pass: those at the ends, as outputs never fall."""
    ends = [
        found.output(channel, scale * end + offset)
        for channel, (sums, scale, offset) in enumerate(zip(channels, scales, offsets, strict=True))
        if constant_output(sums, output) is None
        for end in (sums.low, sums.high)
    ]
    low, high = min(ends, default=output.minimum), max(ends, default=output.maximum)
    minimum, maximum = output.minimum, output.maximum
    return Clamp(minimum if low < minimum else None, maximum if high > maximum else None)
