"""Requantization by products of 32 bits, for cores that have no others.

First a sum is limited to those that give different outputs, so that it is small, and begins at 0. A factor is a number
of two parts, `upper + lower / 2^16`: `sum * upper + (sum * lower >> 16)` has as many bits as its parts have together.
So that the second product stays within 32 bits, the lowest bits of the sum are left out of it. Nothing of that ever
falls as sums rise, so its thresholds are compared with those of the definition.

The definition rounds twice, halves away from zero. Where thresholds are on both sides of zero, they are not on one
line, and often there are no such numbers.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scons_tinyml.stages.graph.families.quantization.fixed_point import INT32_MAX, INT32_MIN, clamp
from scons_tinyml.stages.lowering.thumb.narrow import NarrowAssembler
from scons_tinyml.stages.lowering.thumb.registers import Register
from scons_tinyml.stages.lowering.thumb.sums import OutputRange, Sums, constant_output, thresholds

_BITS = 16
"""Of the lower part."""
_SHIFTS = (22, 20, 18, 16, 12, 8)
"""Tried in this order. 256 << 22 is 2^30."""
_NEAR = 4
"""Distances from the nearest factor that are tried."""
_SIGN_BITS = 31
_TERMS = 3
"""Constants without the largest sum."""


@dataclass(frozen=True)
class ShortProducts:
    """y = ((sum * upper + ((sum >> dropped) * lower >> 16 - dropped) + offset) >> shift) + minimum of a limited sum.

    The constants of a channel are upper, lower, offset and, where any channel has limits, the largest sum; then 0 is
    the least.
    """

    constants: tuple[tuple[int, ...], ...]
    begins: tuple[int, ...]
    """What is added to the sum of each channel before, with the bias."""
    dropped: int
    """Lowest bits of the sum that the lower part does without."""
    shift: int
    minimum: int

    @property
    def is_limited(self) -> bool:
        """True when sums within reach give outputs beyond the limits."""
        return len(self.constants[0]) > _TERMS

    @property
    def cycles(self) -> int:
        """Cycles of one value within the limits, without loads of constants."""
        return 8 + 3 * self.is_limited

    @property
    def low_constants(self) -> int:
        """Constants that are in registers up to r7, the first ones."""
        return 2

    @property
    def temporaries(self) -> int:
        """Registers up to r7 that are needed beside them."""
        return 1

    def emit(
        self,
        asm: NarrowAssembler,
        value: Register,
        constants: Sequence[Register],
        free: Sequence[Register],
        name: str,
    ) -> None:
        """Replace the sum in `value` by the output. Labels have the `name`."""
        upper, lower, offset = constants[:_TERMS]
        (product,) = free
        if self.is_limited:
            asm.comment("outputs beyond the limits have those of the largest sum, and of 0")
            emit_limits(asm, value, product, constants[_TERMS], name)
        asm.comment(
            f"output = (sum * upper + ((sum >> {self.dropped}) * lower >> {_BITS - self.dropped}) + offset)"
            f" >> {self.shift}, all thresholds proven"
        )
        if self.dropped:
            asm("lsrs", product, value, self.dropped)
        else:
            asm("mov", product, value)
        asm("muls", value, upper, value)
        asm("muls", product, lower, product)
        asm("asrs", product, product, _BITS - self.dropped)
        asm("adds", value, value, product)
        asm("add", value, offset)
        asm("asrs", value, value, self.shift)
        asm.add_constant(value, self.minimum)

    def output(self, channel: int, value: int) -> int:
        """Return the output for the sum `value`."""
        upper, lower, offset, *most = self.constants[channel]
        moved = value + self.begins[channel]
        limited = clamp(_fits(moved), 0, most[0]) if most else moved
        below = _fits((limited >> self.dropped) * lower) >> _BITS - self.dropped
        return (_fits(limited * upper + below + offset) >> self.shift) + self.minimum


def emit_limits(
    asm: NarrowAssembler, value: Register, spare: Register, most: Register | int, name: str
) -> None:
    """Limit `value` to 0 to `most`, a number up to 255 or any register. One that is within takes three cycles."""

    def beyond() -> None:
        asm.comment("0 below, the most above")
        asm("asrs", value, value, _SIGN_BITS)
        asm("mvns", value, value)
        asm("mov" if isinstance(most, Register) else "movs", spare, most)
        asm("ands", value, spare)

    asm("cmp", value, most)
    asm.unless("ls", f"within_{name}", beyond)


def short_products(channels: Sequence[Sums], output: OutputRange) -> ShortProducts | None:
    """Return constants that are proven for all sums within reach, or None. `channels` have a scale of 1."""
    reaches = [_Reach.of(sums, output) for sums in channels]
    dropped = max(max(reach.most for reach in reaches).bit_length() + _BITS - _SIGN_BITS, 0)
    if dropped >= _BITS or not all(reach.fits for reach in reaches):
        return None
    for shift in _SHIFTS:
        found: list[tuple[int, ...]] = []
        for reach in reaches:
            constants = reach.constants(dropped, shift)
            if constants is None:
                break
            found.append(constants)
        else:
            begins = tuple(reach.begin for reach in reaches)
            if any(reach.is_limited for reach in reaches):
                found = [(*found, reach.most) for found, reach in zip(found, reaches, strict=True)]
            return ShortProducts(tuple(found), begins, dropped, shift, output.minimum)
    return None


@dataclass(frozen=True)
class _Reach:
    """The sums of a channel between the limits of its outputs: from 0 to `most` with `begin` added."""

    sums: Sums
    output: OutputRange
    begin: int
    most: int

    @classmethod
    def of(cls, sums: Sums, output: OutputRange) -> _Reach:
        """Return the reach; that of a constant output is 0 alone."""
        if constant_output(sums, output) is not None:
            return cls(sums, output, 0, 0)
        first = thresholds(sums, output)
        least = max(sums.low, int(first[0]) - 1)
        return cls(sums, output, -least, min(sums.high, int(first[-1])) - least)

    @property
    def is_limited(self) -> bool:
        """True when sums within reach are beyond."""
        return (self.sums.low + self.begin, self.sums.high + self.begin) != (0, self.most)

    @property
    def fits(self) -> bool:
        """True when registers hold all sums within reach with `begin` added."""
        ends = (self.begin, self.sums.low + self.begin, self.sums.high + self.begin)
        return min(ends) >= INT32_MIN and max(ends) <= INT32_MAX

    def constants(self, dropped: int, shift: int) -> tuple[int, int, int] | None:
        """Return upper, lower and offset with which all thresholds within reach are met, or None."""
        sums, output = self.sums, self.output
        constant = constant_output(sums, output)
        if constant is not None:
            return 0, 0, (constant - output.minimum << shift) + (1 << shift >> 1)
        first = thresholds(sums, output)
        results = np.arange(1, output.maximum - output.minimum + 1, dtype=np.int64) << shift
        met, missed = first <= sums.high, first > sums.low
        reached, before = first[met] + self.begin, first[missed] - 1 + self.begin
        ideal = round(sums.factor.multiplier * 2.0 ** (_BITS + shift + sums.factor.shift - _SIGN_BITS))
        for factor in _near(ideal):
            upper, lower = factor >> _BITS, factor & (1 << _BITS) - 1
            if upper * self.most > INT32_MAX:
                continue
            end = int(_product(np.array([self.most]), factor, dropped)[0])
            beyond = output.maximum - output.minimum + 1 << shift
            least = (results[met] - _product(reached, factor, dropped)).max(initial=0)
            most = (results[missed] - 1 - _product(before, factor, dropped)).min(initial=beyond - 1 - end)
            if least <= most:
                return upper, lower, (int(least) + int(most)) // 2
        return None


def _near(ideal: int) -> Iterator[int]:
    """Yield numbers near `ideal` that are not negative, the nearest first."""
    for step in range(_NEAR + 1):
        yield from (number for number in sorted({ideal - step, ideal + step}) if number >= 0)


def _product(sums: NDArray[np.int64], factor: int, dropped: int) -> NDArray[np.int64]:
    """Return the products of `sums`, at least 0, before an offset is added."""
    upper, lower = factor >> _BITS, factor & (1 << _BITS) - 1
    return sums * upper + ((sums >> dropped) * lower >> _BITS - dropped)


def _fits(value: int) -> int:
    """Return `value`, which the proof keeps within 32 bits."""
    assert INT32_MIN <= value <= INT32_MAX
    return value
