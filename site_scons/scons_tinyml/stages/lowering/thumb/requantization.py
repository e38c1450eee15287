"""Instructions that requantize sums in registers. `proof.prove` finds the fastest ones that a layer allows.

- Fused, 2 cycles: (sum * M + C * 2**32) >> 32 by SMMLA, then a shift and the limits by SSAT. M and C are numbers with
  which all thresholds within reach are met.
- Rounded, 5 cycles: the definition itself, where all channels have one shift. SMMULR of twice the sum and the factor
  is the rounded product; subtracting 1 from negative ones lets halves fall away from zero. With a spare register it
  takes 4: SMMLAR adds the offset too.
- Shifted, 6 or 5 cycles: the same with a shift in a register for each channel.

Cores without the DSP extension have SMULL for the upper half of a product, and need a spare register for the lower one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from scons_tinyml.records.errors import InternalError
from scons_tinyml.stages.graph.families.quantization.fixed_point import INT32_MAX, INT32_MIN, clamp
from scons_tinyml.stages.lowering.thumb.assembler import Assembler
from scons_tinyml.stages.lowering.thumb.registers import Register
from scons_tinyml.stages.lowering.thumb.sums import INT8_MAX, INT8_MIN


class ProvenConstants(Protocol):
    """A way to requantize: constants of each channel, and what they give."""

    @property
    def constants(self) -> tuple[tuple[int, ...], ...]:
        """Words of each channel, with sign, for the registers that `emit` gets."""

    @property
    def cycles(self) -> int:
        """Cycles of one value on the core that it is for, a Cortex-M4 or M0+, without loads of constants."""

    def output(self, channel: int, value: int) -> int:
        """Return what the instructions give for the register content `value` of `channel`."""


class Requantization(ProvenConstants, Protocol):
    """The same with instructions of 32 bits. Cycles are those without a spare register."""

    def emit(
        self,
        asm: Assembler,
        values: Sequence[Register],
        constants: Sequence[Register],
        spare: Register | None = None,
    ) -> None:
        """Replace the sums of one channel in `values` by its outputs. Some forms take a cycle less with `spare`.

        Without the DSP extension there has to be one.
        """


@dataclass(frozen=True)
class Clamp:
    """Limits that SSAT to 8 bits does not have; None where no sum within reach passes them."""

    minimum: int | None = None
    maximum: int | None = None

    def emit(self, asm: Assembler, values: Sequence[Register]) -> None:
        """Limit `values`."""
        for limit, condition in ((self.minimum, "lt"), (self.maximum, "gt")):
            if limit is not None:
                _limit(asm, values, limit, condition)

    @property
    def cycles(self) -> int:
        """Cycles of one value."""
        return 3 * sum(limit is not None for limit in (self.minimum, self.maximum))

    def output(self, value: int) -> int:
        """Return `value` within the limits."""
        low = INT8_MIN if self.minimum is None else self.minimum
        return clamp(value, low, INT8_MAX if self.maximum is None else self.maximum)


@dataclass(frozen=True)
class Fused:
    """y = ssat8((value * M + C * 2**32) >> (32 + shift)); M and C are the constants of a channel."""

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
        factor, offset = constants
        asm.comment(
            f"output = ssat8((sum * factor + offset * 2^32) >> {32 + self.shift}), all thresholds proven"
        )
        for value in values:
            emit_upper_sum(asm, value, factor, offset, spare)
        for value in values:
            asm("ssat", value, 8, value, f"asr #{self.shift}")
        self.clamp.emit(asm, values)

    def output(self, channel: int, value: int) -> int:
        """Return the output for the register content `value`."""
        factor, offset = self.constants[channel]
        return self.clamp.output(_saturated(_fits((value * factor >> 32) + offset) >> self.shift))


@dataclass(frozen=True)
class Rounded:
    """TFLM's two roundings, with one shift for all channels; constants of a channel: factor, half + zero point."""

    constants: tuple[tuple[int, ...], ...]
    halving: int
    """Shift to the right that makes twice the sum of a register's content: -1 to the left."""
    shift: int
    clamp: Clamp

    @property
    def cycles(self) -> int:
        """Cycles of one value."""
        return 4 + (self.halving != 0) + self.clamp.cycles

    def emit(
        self,
        asm: Assembler,
        values: Sequence[Register],
        constants: Sequence[Register],
        spare: Register | None = None,
    ) -> None:
        """Replace sums by outputs."""
        factor, offset = constants
        _emit_rounded(asm, values, factor, offset, self.halving, spare)
        asm.comment(f"output = ssat8(all that >> {self.shift}), offset = half + (zero point << {self.shift})")
        for value in values:
            asm("ssat", value, 8, value, f"asr #{self.shift}")
        self.clamp.emit(asm, values)

    def output(self, channel: int, value: int) -> int:
        """Return the output for the register content `value`."""
        factor, offset = self.constants[channel]
        product = _product(value, factor, self.halving)
        return self.clamp.output(_saturated(_fits(product - (product < 0) + offset) >> self.shift))


@dataclass(frozen=True)
class Shifted:
    """TFLM's two roundings; constants of a channel: factor, half + zero point, shift."""

    constants: tuple[tuple[int, ...], ...]
    halving: int
    clamp: Clamp

    @property
    def cycles(self) -> int:
        """Cycles of one value."""
        return 5 + (self.halving != 0) + self.clamp.cycles

    def emit(
        self,
        asm: Assembler,
        values: Sequence[Register],
        constants: Sequence[Register],
        spare: Register | None = None,
    ) -> None:
        """Replace sums by outputs."""
        factor, offset, shift = constants
        _emit_rounded(asm, values, factor, offset, self.halving, spare)
        asm.comment("output = ssat8(all that >> shift), offset = half + (zero point << shift)")
        for value in values:
            asm("asr", value, value, shift)
        for value in values:
            asm("ssat", value, 8, value)
        self.clamp.emit(asm, values)

    def output(self, channel: int, value: int) -> int:
        """Return the output for the register content `value`."""
        factor, offset, shift = self.constants[channel]
        product = _product(value, factor, self.halving)
        return self.clamp.output(_saturated(_fits(product - (product < 0) + offset) >> shift))


def _limit(asm: Assembler, values: Sequence[Register], limit: int, condition: str) -> None:
    asm.comment(f"the limit {limit}")
    for value in values:
        asm("cmp" if limit >= 0 else "cmn", value, abs(limit))
        asm("it", condition)
        asm(f"mov{condition}" if limit >= 0 else f"mvn{condition}", value, limit if limit >= 0 else ~limit)


def _emit_rounded(
    asm: Assembler,
    values: Sequence[Register],
    factor: Register,
    offset: Register,
    halving: int,
    spare: Register | None,
) -> None:
    """Replace sums by their products minus 1 where these are negative, plus the offset.

    With `spare` the sign is that of the sum. A sum below zero may have the product 0; the offset holds a half, which 1
    less does not change.
    """
    asm.comment("product = (sum * factor + 2^30) >> 31, as the upper half of twice the sum times the factor")
    for value in values if halving else ():
        asm("lsl" if halving < 0 else "asr", value, value, abs(halving))
    if not asm.dsp:
        _emit_long_products(asm, values, factor, _lower(spare))
    elif spare is not None:
        asm.comment("product + offset - (sum < 0)")
        for value in values:
            asm("smmlar", spare, value, factor, offset)
            asm("add", value, spare, value, "asr #31")
        return
    else:
        for value in values:
            asm("smmulr", value, value, factor)
    asm.comment("product - (product < 0) + offset")
    for value in values:
        asm("add", value, value, value, "asr #31")
    for value in values:
        asm("add", value, value, offset)


def _emit_long_products(
    asm: Assembler, values: Sequence[Register], factor: Register, lower: Register
) -> None:
    """Replace `values` by the upper halves of their products, rounded by the highest bit of the lower halves."""
    for value in values:
        asm("smull", lower, value, value, factor)
        asm("lsls", lower, lower, 1)
        asm("adc", value, value, 0)


def emit_upper_sum(
    asm: Assembler, value: Register, factor: Register, offset: Register, spare: Register | None = None
) -> None:
    """Replace `value` by the upper half of its product with `factor`, plus `offset`."""
    if asm.dsp:
        asm("smmla", value, value, factor, offset)
    else:
        emit_upper_product(asm, value, factor, spare)
        asm("add", value, value, offset)


def emit_upper_product(
    asm: Assembler, value: Register, factor: Register, spare: Register | None = None
) -> None:
    """Replace `value` by the upper half of its product with `factor`. Without the DSP extension `spare` is needed."""
    if asm.dsp:
        asm("smmul", value, value, factor)
    else:
        asm("smull", _lower(spare), value, value, factor)


def _lower(spare: Register | None) -> Register:
    """Return the register for lower halves of products, which cores without the DSP extension need."""
    if spare is None:
        raise InternalError("without the DSP extension a requantization needs a spare register")
    return spare


def _product(value: int, factor: int, halving: int) -> int:
    """Return SMMULR of twice the sum and `factor`."""
    twice = _fits(value << 1 if halving < 0 else value >> halving)
    return (twice * factor + 2**31) >> 32


def _saturated(value: int) -> int:
    return clamp(value, INT8_MIN, INT8_MAX)


def _fits(value: int) -> int:
    """Return `value`, which the proof keeps within 32 bits."""
    assert INT32_MIN <= value <= INT32_MAX
    return value
