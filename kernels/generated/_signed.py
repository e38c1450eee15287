"""Requantization for sums of both signs in four instructions, with constants that are proven for a layer.

TFLM rounds halves away from zero, so that thresholds below zero lie a little later than a straight line has them. A
step that is taken from negative sums alone moves them there:

    output = ssat8((((sum - (step if sum < 0)) * M >> 32) + C) >> shift)

That never falls as the sum grows, so it is right for all sums within reach if it is right on both sides of every
threshold.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scons_tinyml.stages.graph.families.quantization.fixed_point import INT32_MAX, INT32_MIN, clamp
from scons_tinyml.stages.lowering.thumb.assembler import Assembler
from scons_tinyml.stages.lowering.thumb.registers import Register
from scons_tinyml.stages.lowering.thumb.requantization import Clamp, emit_upper_sum
from scons_tinyml.stages.lowering.thumb.sums import (
    INT8_MAX,
    INT8_MIN,
    OutputRange,
    Sums,
    constant_output,
    expected,
    is_within,
    thresholds,
)

_LARGEST_SHIFT = 20
"""Outputs times 2**(32 + 20) are below 2**60, so that int64 holds their differences with products."""
_COMMON = 4
"""The first shift that is tried is a multiple of this, so that layers may share their function."""
_TRIED = (0, 1, -1, 2, -2, 3, -3, 4, -4)
"""Distances from the nearest whole M that are tried."""


@dataclass(frozen=True)
class Signed:
    """M, C and the step are the constants of a channel."""

    constants: tuple[tuple[int, ...], ...]
    shift: int
    clamp: Clamp

    @property
    def cycles(self) -> int:
        """Cycles of one value."""
        return 4 + self.clamp.cycles

    def emit(
        self,
        asm: Assembler,
        values: Sequence[Register],
        constants: Sequence[Register],
        spare: Register | None = None,
    ) -> None:
        """Replace sums by outputs. One more register has to be free, or is `spare`."""
        factor, offset, step = constants
        asm.comment(
            f"output = ssat8(((sum - (step if sum < 0)) * factor + offset * 2^32) >> {32 + self.shift}), "
            "all thresholds proven"
        )
        taken = spare or asm.take("taken")
        for value in values:
            asm("and", taken, step, value, "asr #31")
            asm("sub", value, value, taken)
        if spare is None:
            asm.release(taken)
        for value in values:
            emit_upper_sum(asm, value, factor, offset, spare)
        for value in values:
            asm("ssat", value, 8, value, f"asr #{self.shift}")
        self.clamp.emit(asm, values)

    def output(self, channel: int, value: int) -> int:
        """Return the output for the register content `value`."""
        factor, offset, step = self.constants[channel]
        moved = value - step if value < 0 else value
        result = (moved * factor >> 32) + offset
        assert INT32_MIN <= moved <= INT32_MAX
        assert INT32_MIN <= result <= INT32_MAX
        return self.clamp.output(clamp(result >> self.shift, INT8_MIN, INT8_MAX))


def signed(channels: Sequence[Sums], output: OutputRange) -> Signed | None:
    """Return constants for one shift that all channels allow, or None."""
    changing = [sums for sums in channels if constant_output(sums, output) is None]
    if not all(map(is_within, changing)):
        return None
    largest = min((_largest_shift(sums) for sums in changing), default=_LARGEST_SHIFT)
    for shift in dict.fromkeys((largest - largest % _COMMON, largest, largest - 1)):
        if shift <= 0:
            continue
        found = [_constants(sums, output, shift) for sums in channels]
        kept = tuple(constants for constants in found if constants is not None)
        if len(kept) == len(found):
            return Signed(kept, shift, _clamp(changing, output))
    return None


def _ideal(sums: Sums, shift: int) -> float:
    """Return the real number that M stands for: value * M / 2**(32 + shift) = sum * factor."""
    return sums.factor.multiplier * 2.0 ** (1 + shift + sums.factor.shift) / sums.scale


def _largest_shift(sums: Sums) -> int:
    """Return the largest shift for which M is below 2**31."""
    shifts = range(_LARGEST_SHIFT, 0, -1)
    return next((shift for shift in shifts if _ideal(sums, shift) < INT32_MAX - max(_TRIED)), 0)


def _constants(sums: Sums, output: OutputRange, shift: int) -> tuple[int, int, int] | None:
    """Return M, C and the step with which all thresholds within reach are met, or None."""
    constant = constant_output(sums, output)
    if constant is not None:
        return 0, (constant << shift) + (1 << shift >> 1), 0
    first = thresholds(sums, output)
    results = np.arange(output.minimum + 1, output.maximum + 1, dtype=np.int64) << (32 + shift)
    met, missed = first <= sums.high, first > sums.low
    at_least = (first[met] * sums.scale, results[met])
    below = ((first[missed] - 1) * sums.scale, results[missed] - 1)
    for distance in _TRIED:
        factor = round(_ideal(sums, shift)) + distance
        if factor <= 0:
            continue
        low, high = _offsets(at_least, below, factor)
        offset = clamp((output.zero_point << shift) + (1 << shift >> 1), low, high)
        least, most = _steps(at_least, below, factor, offset)
        if low <= offset <= high and least <= most and _fits(sums, factor, offset, least):
            return factor, offset, least
    return None


_Points = tuple[NDArray[np.int64], NDArray[np.int64]]
"""Values, and the products that they need at least or at most."""


def _offsets(at_least: _Points, below: _Points, factor: int) -> tuple[int, int]:
    """Return the least and the largest C for which values of 0 and more are right."""
    (first, lowest), (last, highest) = (_half(points, negative=False) for points in (at_least, below))
    least = -((first * factor - lowest) >> 32)
    most = (highest - last * factor) >> 32
    return int(least.max(initial=INT32_MIN)), int(most.min(initial=INT32_MAX))


def _steps(at_least: _Points, below: _Points, factor: int, offset: int) -> tuple[int, int]:
    """Return the least and the largest step for which values below 0 are right."""
    (first, lowest), (last, highest) = (_half(points, negative=True) for points in (at_least, below))
    most = (first * factor - (lowest - (offset << 32))) // factor
    least = -((highest - (offset << 32) - last * factor) // factor)
    return int(least.max(initial=0)), int(most.min(initial=INT32_MAX))


def _half(points: _Points, *, negative: bool) -> _Points:
    chosen = (points[0] < 0) == negative
    return points[0][chosen], points[1][chosen]


def _fits(sums: Sums, factor: int, offset: int, step: int) -> bool:
    """Return whether 32 bits hold what the instructions compute at both ends of the reach."""
    for end in (sums.low * sums.scale, sums.high * sums.scale):
        moved = end - step if end < 0 else end
        if moved < INT32_MIN or not INT32_MIN <= (moved * factor >> 32) + offset <= INT32_MAX:
            return False
    return True


def _clamp(changing: Sequence[Sums], output: OutputRange) -> Clamp:
    """Return the limits that SSAT does not have and that outputs within reach meet."""
    lows = [expected(sums, output, sums.low) for sums in changing]
    highs = [expected(sums, output, sums.high) for sums in changing]
    minimum = output.minimum if output.minimum > INT8_MIN and output.minimum in lows else None
    maximum = output.maximum if output.maximum < INT8_MAX and output.maximum in highs else None
    return Clamp(minimum, maximum)
