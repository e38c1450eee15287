"""Requantization by products of 32 bits, for cores that have no others.

A factor is a number of two parts, `upper + lower / 2^bits`. So `sum * upper + (sum * lower >> bits)` has as many bits
as its parts have together, and no product passes 32 bits. It never falls, so its thresholds are compared with those of
the definition. The definition rounds twice, halves away from zero: where sums of both signs are within reach,
sums below zero may need another offset. What it is less by is the bend.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from scons_tinyml.stages.graph.families.quantization.fixed_point import INT32_MAX, INT32_MIN, clamp
from scons_tinyml.stages.lowering.thumb.narrow import NarrowAssembler
from scons_tinyml.stages.lowering.thumb.registers import Register
from scons_tinyml.stages.lowering.thumb.sums import OutputRange, Sums, constant_output, thresholds

_MOST_BITS = 16
"""Of the lower part."""
_SHIFTS_TRIED = 4
_NEAR = 4
"""Distances of the lower part from the nearest that are tried."""
_REGISTER_BITS = 31


@dataclass(frozen=True)
class ShortProducts:
    """y = limited((sum * upper + (sum * lower >> bits) + offset - (sum < 0) * bend) >> shift) + minimum.

    The constants of a channel are upper, lower, offset and, where any channel has one, the bend.
    """

    constants: tuple[tuple[int, ...], ...]
    bits: int
    shift: int
    minimum: int
    maximum: int
    passes_limits: bool
    """True when sums within reach give outputs beyond the limits."""

    @property
    def is_bent(self) -> bool:
        """True when sums below zero have an offset of their own."""
        return len(self.constants[0]) > _UPPER_LOWER_OFFSET

    @property
    def cycles(self) -> int:
        """Cycles of one value within the limits, without loads of constants."""
        return 8 + 4 * self.is_bent + 3 * self.passes_limits

    @property
    def low_constants(self) -> int:
        """Constants that are in registers up to r7, the first ones."""
        return 2

    @property
    def temporaries(self) -> int:
        """Registers up to r7 that are needed beside them."""
        return 1 + self.is_bent

    def emit(
        self,
        asm: NarrowAssembler,
        value: Register,
        constants: Sequence[Register],
        free: Sequence[Register],
        name: str,
    ) -> None:
        """Replace the sum in `value` by the output. Labels have the `name`."""
        upper, lower, offset = constants[:_UPPER_LOWER_OFFSET]
        product = free[0]
        asm.comment(
            f"output = (sum * upper + (sum * lower >> {self.bits}) + offset) >> {self.shift}, all thresholds proven"
        )
        if self.is_bent:
            asm.comment("the bend is taken off sums below zero")
            sign, bend = free[1], constants[_UPPER_LOWER_OFFSET]
            asm("asrs", sign, value, _REGISTER_BITS)
            if bend.is_low:
                asm("ands", sign, bend)
            else:
                asm("mov", product, bend)
                asm("ands", sign, product)
        asm("mov", product, value)
        asm("muls", value, upper, value)
        asm("muls", product, lower, product)
        if self.bits:
            asm("asrs", product, product, self.bits)
        asm("adds", value, value, product)
        asm("add", value, offset)
        if self.is_bent:
            asm("subs", value, value, sign)
        if self.shift:
            asm("asrs", value, value, self.shift)
        if self.passes_limits:
            emit_limits(asm, value, product, self.maximum - self.minimum, name)
        asm.add_constant(value, self.minimum)

    def output(self, channel: int, value: int) -> int:
        """Return the output for the sum `value`."""
        upper, lower, offset, *bend = self.constants[channel]
        below = _fits(value * lower) >> self.bits
        moved = _fits(value * upper + below + offset - (bend[0] if bend and value < 0 else 0))
        above = moved >> self.shift
        span = self.maximum - self.minimum
        return (clamp(above, 0, span) if self.passes_limits else above) + self.minimum


_UPPER_LOWER_OFFSET = 3


def emit_limits(asm: NarrowAssembler, value: Register, spare: Register, most: int, name: str) -> None:
    """Limit `value` to 0 to `most`, 255 at most. One that is within takes three cycles."""

    def beyond() -> None:
        asm.comment("0 below, the most above")
        asm("asrs", value, value, _REGISTER_BITS)
        asm("mvns", value, value)
        asm("movs", spare, most)
        asm("ands", value, spare)

    asm("cmp", value, most)
    asm.unless("ls", f"within_{name}", beyond)


def short_products(channels: Sequence[Sums], output: OutputRange) -> ShortProducts | None:
    """Return constants that are proven for all sums within reach, or None. `channels` have a scale of 1."""
    changing = [sums for sums in channels if constant_output(sums, output) is None]
    reach = max((max(abs(sums.low), abs(sums.high)) for sums in changing), default=1)
    bits = min(_REGISTER_BITS - reach.bit_length(), _MOST_BITS)
    if bits < 0:
        return None
    largest = min((_largest_shift(sums, output) for sums in changing), default=1)
    for shift in range(largest, max(largest - _SHIFTS_TRIED, -1), -1):
        found: list[tuple[int, int, int, int]] = []
        for sums in channels:
            constants = _constants(sums, output, bits, shift)
            if constants is None:
                break
            found.append(constants)
        else:
            return _proven(channels, output, found, bits, shift)
    return None


def _largest_shift(sums: Sums, output: OutputRange) -> int:
    """Return the largest shift with which all results stay within 32 bits, -1 if none does."""
    most = max(abs(sums.low), abs(sums.high)) * _factor(sums) + abs(output.zero_point) + 258
    return _REGISTER_BITS - int(most).bit_length() - 1


def _factor(sums: Sums) -> float:
    return float(sums.factor.multiplier) * 2.0 ** (sums.factor.shift - _REGISTER_BITS)


def _proven(
    channels: Sequence[Sums],
    output: OutputRange,
    found: Sequence[tuple[int, int, int, int]],
    bits: int,
    shift: int,
) -> ShortProducts:
    """Return the constants of all channels, without bends where there are none, and limits if any passes them."""
    constants: tuple[tuple[int, ...], ...] = tuple(found)
    if not any(bend for *_, bend in found):
        constants = tuple(found[:_UPPER_LOWER_OFFSET] for found in constants)
    made = ShortProducts(constants, bits, shift, output.minimum, output.maximum, passes_limits=False)
    ends = [
        made.output(channel, end)
        for channel, sums in enumerate(channels)
        if constant_output(sums, output) is None
        for end in (sums.low, sums.high)
    ]
    passes = any(not output.minimum <= end <= output.maximum for end in ends)
    return replace(made, passes_limits=passes)


def _constants(sums: Sums, output: OutputRange, bits: int, shift: int) -> tuple[int, int, int, int] | None:
    """Return upper, lower, offset and bend with which all thresholds within reach are met, or None."""
    constant = constant_output(sums, output)
    if constant is not None:
        return 0, 0, (constant - output.minimum << shift) + (1 << shift >> 1), 0
    first = thresholds(sums, output)
    results = np.arange(1, output.maximum - output.minimum + 1, dtype=np.int64) << shift
    met, missed = first <= sums.high, first > sums.low
    conditions = _Conditions(first[met], results[met], first[missed] - 1, results[missed])
    for factor in _factors(sums, bits + shift):
        upper, lower = factor >> bits, factor & (1 << bits) - 1
        offsets = conditions.offsets(upper, lower, bits)
        if offsets is None:
            continue
        offset, bend = offsets
        ends = [
            end * upper + (end * lower >> bits) + offset - (bend if end < 0 else 0)
            for end in (sums.low, sums.high)
        ]
        if INT32_MIN <= min(ends) <= max(ends) <= INT32_MAX and offset - bend >= INT32_MIN:
            return upper, lower, offset, bend
    return None


def _factors(sums: Sums, fraction_bits: int) -> Iterator[int]:
    """Yield numbers near the factor with `fraction_bits`, the nearest first."""
    ideal = round(_factor(sums) * 2.0**fraction_bits)
    yield from (number for step in range(_NEAR + 1) for number in {ideal - step, ideal + step} if number >= 0)


@dataclass(frozen=True)
class _Conditions:
    """Conditions for the offset: the result is at least `results` from the sums `first` on, and less up to `last`."""

    first: NDArray[np.int64]
    first_results: NDArray[np.int64]
    last: NDArray[np.int64]
    last_results: NDArray[np.int64]

    def offsets(self, upper: int, lower: int, bits: int) -> tuple[int, int] | None:
        """Return offset and bend, 0 where one offset serves all sums, or None where there are none."""
        low, high = self._range(upper, lower, bits, negative=False)
        low_below, high_below = self._range(upper, lower, bits, negative=True)
        if low > high or low_below > high_below:
            return None
        least, most = max(low, low_below), min(high, high_below)
        if least <= most:
            return _near_zero(least, most), 0
        if low <= low_below:
            return None
        offset = _near_zero(low, high)
        return offset, offset - high_below

    def _range(self, upper: int, lower: int, bits: int, *, negative: bool) -> tuple[int, int]:
        """Return the least and the largest offset for sums of one sign."""
        ends = []
        for sums, results in ((self.first, self.first_results), (self.last, self.last_results)):
            some = (sums < 0) == negative
            ends.append(results[some] - (sums[some] * upper + (sums[some] * lower >> bits)))
        return int(ends[0].max(initial=INT32_MIN)), int(ends[1].min(initial=INT32_MAX + 1)) - 1


def _near_zero(low: int, high: int) -> int:
    """Return the middle, or what 32 bits hold of a range that is open at one side."""
    if low == INT32_MIN or high == INT32_MAX:
        return clamp(0, low, high)
    return (low + high) // 2


def _fits(value: int) -> int:
    """Return `value`, which the proof keeps within 32 bits."""
    assert INT32_MIN <= value <= INT32_MAX
    return value
