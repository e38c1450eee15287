"""Requantization of depthwise sums: one SMMUL and one SSAT, and all that they do not know is in weights and start.

The weights of a channel are multiplied by a number, as lanes of 16 bits have room for it. The register then holds
scale * sum + offset, and the output is ssat8(register * M >> (32 + shift)) with one shift for all channels. The offset
holds zero point and rounding. It goes into the value that a sum begins with, so it costs nothing.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from _weighted import WeightedLayer
from numpy.typing import NDArray

from scons_tinyml.stages.graph.families.quantization.fixed_point import INT32_MAX, INT32_MIN, clamp
from scons_tinyml.stages.lowering.thumb.assembler import Assembler
from scons_tinyml.stages.lowering.thumb.proof import with_roundings
from scons_tinyml.stages.lowering.thumb.registers import Register
from scons_tinyml.stages.lowering.thumb.requantization import Clamp, Requantization, emit_upper_product
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
_LANE = 2**15 - 1
_LARGEST_SCALE = 1024
"""Sums below 2**21 stay within 32 bits."""
_SLACK = 1 / 16
"""Part of a sum that another slope could still make up for."""
_NEAR = 2
"""Distances from the nearest offset that are tried."""
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

    def emit(
        self,
        asm: Assembler,
        values: Sequence[Register],
        constants: Sequence[Register],
        spare: Register | None = None,
    ) -> None:
        """Replace sums by outputs."""
        (factor,) = constants
        asm.comment(f"output = ssat8(sum * factor >> {32 + self.shift}), all thresholds proven")
        for value in values:
            emit_upper_product(asm, value, factor, spare)
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
    """Content of the registers of each channel: scale * (sum of weights * inputs) + start; and its requantization."""

    requantization: Requantization
    scales: NDArray[np.int64]
    """[channels]."""
    starts: NDArray[np.int32]
    """[channels]."""


def scaled_sums(layer: WeightedLayer) -> ScaledSums | str:
    """Return scales and constants that are proven for all sums within reach, or the reason why there are none."""
    sums = layer.sums()
    for channel, found in enumerate(sums):
        if layer.live[channel] and not is_within(found):
            return f"sums of channel {channel} reach {found.low} to {found.high}, which 32 bits do not hold"
    values = layer.weights.astype(np.int64) * layer.live[:, None]
    bases = layer.live_bias - layer.input_zero_point * values.sum(1)
    fitted = _fitted(layer, sums)
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
    layer: WeightedLayer, channels: Sequence[Sums]
) -> tuple[NDArray[np.int64], NDArray[np.int64], Scaled] | None:
    """Return scales, offsets and the requantization of the first shift that all channels allow."""
    if any(_bends(sums, layer.output) for sums in channels):
        return None
    greatest = np.abs(layer.weights.astype(np.int64)).max(1)
    for shift in _SHIFTS:
        found: list[tuple[int, int, int]] = []
        for sums, weight in zip(channels, greatest.tolist(), strict=True):
            constants = _constants(sums, layer.output, shift, _scales(weight))
            if constants is None:
                break
            found.append(constants)
        else:
            scales, offsets, factors = zip(*found, strict=True)
            constants_of_channels = tuple((factor,) for factor in factors)
            exact = Scaled(constants_of_channels, shift, Clamp())
            limits = _limits(channels, layer.output, exact, scales, offsets)
            scaled = Scaled(constants_of_channels, shift, limits)
            return np.array(scales, np.int64), np.array(offsets, np.int64), scaled
    return None


def _bends(sums: Sums, output: OutputRange) -> bool:
    """Return whether thresholds are so far from a line that no offset and M meet them: TFLM rounds twice.

    A bend comes where outputs at both sides of the zero point are within reach.
    """
    if constant_output(sums, output) is not None or sums.factor.multiplier == 0:
        return False
    first = thresholds(sums, output)
    results = np.arange(output.minimum + 1, output.maximum + 1)
    distances = results * 2.0 ** (31 - sums.factor.shift) / sums.factor.multiplier - first
    met, missed = distances[first <= sums.high], distances[first > sums.low]
    return bool(met.max(initial=-math.inf) - missed.min(initial=math.inf) > 1 + _SLACK)


def _scales(weight: int) -> list[int]:
    """Return the scales that are tried: 16 bits hold `weight` times each. Large ones leave fine steps of offsets."""
    largest = min(_LANE // max(weight, 1), _LARGEST_SCALE)
    return [*range(largest, largest // 2, -1), *(largest >> bits for bits in range(1, largest.bit_length()))]


def _constants(
    sums: Sums, output: OutputRange, shift: int, scales: Sequence[int]
) -> tuple[int, int, int] | None:
    """Return scale, offset and M with which all thresholds within reach are met, or None."""
    constant = constant_output(sums, output)
    if constant is not None:
        middle = (constant << shift) + (1 << shift >> 1)
        return 1, middle * (2**32 // _CONSTANT_FACTOR), _CONSTANT_FACTOR
    conditions = _Conditions.of(sums, output, shift)
    for scale in scales:
        ideal = round(sums.factor.multiplier * 2.0 ** (1 + shift + sums.factor.shift) / scale)
        if not 0 < ideal <= INT32_MAX:
            continue
        least, most = conditions.offsets(scale, ideal)
        middle = (least + most) // 2
        if least <= most:
            return scale, middle, ideal
        for offset in range(middle - _NEAR, middle + _NEAR + 1):
            low, high = conditions.factors(scale, offset)
            if low <= high and conditions.fits(scale, offset):
                return scale, offset, clamp(ideal, low, high)
    return None


@dataclass(frozen=True)
class _Conditions:
    """Conditions for M and the offset: (scale * sum + offset) * M is at least `results` from the sums `first` on.

    It is less for the sum before. All terms are below 2**62, so that int64 holds them.
    """

    low: int
    high: int
    first: NDArray[np.int64]
    first_results: NDArray[np.int64]
    last: NDArray[np.int64]
    last_results: NDArray[np.int64]

    @classmethod
    def of(cls, sums: Sums, output: OutputRange, shift: int) -> _Conditions:
        """Return the conditions at the thresholds within reach."""
        first = thresholds(sums, output)
        results = np.arange(output.minimum + 1, output.maximum + 1, dtype=np.int64) << (32 + shift)
        met, missed = first <= sums.high, first > sums.low
        return cls(sums.low, sums.high, first[met], results[met], first[missed] - 1, results[missed])

    def offsets(self, scale: int, factor: int) -> tuple[int, int]:
        """Return the least and the largest offset for M; the first is above the second where there is none."""
        least = -(-self.first_results // factor) - scale * self.first
        most = -(-self.last_results // factor) - 1 - scale * self.last
        low, high = INT32_MIN - scale * self.low, INT32_MAX - scale * self.high
        return int(least.max(initial=low)), int(most.min(initial=high))

    def fits(self, scale: int, offset: int) -> bool:
        """Return whether registers hold all sums within reach."""
        return INT32_MIN <= scale * self.low + offset <= scale * self.high + offset <= INT32_MAX

    def factors(self, scale: int, offset: int) -> tuple[int, int]:
        """Return the least and the largest M for an offset; the first is above the second where there is none."""
        reached, missed = scale * self.first + offset, scale * self.last + offset
        if (self.first_results[reached == 0] > 0).any() or (self.last_results[missed == 0] <= 0).any():
            return 1, 0
        above, below = reached > 0, missed > 0
        negative, under = reached < 0, missed < 0
        least = max(
            int((-(-self.first_results[above] // reached[above])).max(initial=1)),
            int((self.last_results[under] // missed[under]).max(initial=0)) + 1,
        )
        most = min(
            int((self.first_results[negative] // reached[negative]).min(initial=INT32_MAX)),
            int((-(-self.last_results[below] // missed[below])).min(initial=INT32_MAX + 1)) - 1,
        )
        return least, most


def _limits(
    channels: Sequence[Sums],
    output: OutputRange,
    found: Scaled,
    scales: Sequence[int],
    offsets: Sequence[int],
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
