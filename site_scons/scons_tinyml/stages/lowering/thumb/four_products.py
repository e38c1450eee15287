"""Requantization by the upper half of a product of 32 bits, on cores whose products have 32 bits: four of 16 bits.

It takes two to three times as long as `short_products`, and is right for all that `proof.prove` accepts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from scons_tinyml.stages.lowering.thumb.narrow import NarrowAssembler
from scons_tinyml.stages.lowering.thumb.proof import prove
from scons_tinyml.stages.lowering.thumb.registers import Register
from scons_tinyml.stages.lowering.thumb.requantization import Fused, Requantization, Rounded, Shifted
from scons_tinyml.stages.lowering.thumb.short_products import ShortProducts, emit_limits, short_products
from scons_tinyml.stages.lowering.thumb.sums import INT8_MAX, INT8_MIN, OutputRange, Sums

_HALF_BITS = 16
_SIGN_BITS = 31


@dataclass(frozen=True)
class FourProducts:
    """A requantization that was proven, by instructions of 16 bits."""

    proven: Fused | Rounded | Shifted

    @property
    def constants(self) -> tuple[tuple[int, ...], ...]:
        """Words of each channel: factor, offset, for `Shifted` the shift."""
        return self.proven.constants

    @property
    def begins(self) -> tuple[int, ...]:
        """What is added to the sum of each channel before: nothing."""
        return (0,) * len(self.constants)

    @property
    def cycles(self) -> int:
        """Cycles of one value within the limits, without loads of constants."""
        return 23 if isinstance(self.proven, Fused) else 26

    @property
    def low_constants(self) -> int:
        """Constants that are in registers up to r7, the first ones."""
        return 1

    @property
    def temporaries(self) -> int:
        """Registers up to r7 that are needed beside them."""
        return 4

    def emit(
        self,
        asm: NarrowAssembler,
        value: Register,
        constants: Sequence[Register],
        free: Sequence[Register],
        name: str,
    ) -> None:
        """Replace the sum in `value` by the output. Labels have the `name`."""
        factor, offset, *shift = constants
        found, spare = self.proven, free[0]
        if isinstance(found, Fused):
            _emit_upper_product(asm, value, factor, free, rounds=False)
        else:
            asm.comment(
                "product = (sum * factor + 2^30) >> 31, as the upper half of twice the sum times the factor"
            )
            if found.halving:
                asm("lsls" if found.halving < 0 else "asrs", value, value, abs(found.halving))
            _emit_upper_product(asm, value, factor, free, rounds=True)
            asm.comment("product - (product < 0) + offset")
            asm("asrs", spare, value, _SIGN_BITS)
            asm("adds", value, value, spare)
        asm("add", value, offset)
        if isinstance(found, Shifted):
            asm("mov", spare, shift[0])
            asm("asrs", value, spare)
        else:
            asm("asrs", value, value, found.shift)
        limits = found.clamp
        low = INT8_MIN if limits.minimum is None else limits.minimum
        high = INT8_MAX if limits.maximum is None else limits.maximum
        asm.add_constant(value, -low)
        emit_limits(asm, value, spare, high - low, name)
        asm.add_constant(value, low)

    def output(self, channel: int, value: int) -> int:
        """Return the output for the sum `value`."""
        return self.proven.output(channel, value)


NarrowRequantization = ShortProducts | FourProducts


def _emit_upper_product(
    asm: NarrowAssembler, value: Register, factor: Register, free: Sequence[Register], *, rounds: bool
) -> None:
    """Replace `value` by the upper half of its product with `factor`, which is not negative.

    The upper half is rounded by the highest bit of the lower half, which a shift leaves in the carry.
    """
    upper, factor_upper, factor_lower, middle = free
    asm.comment(
        "upper half = (u1 * u2) + (u1 * l2 + u2 * l1 + (l1 * l2 >> 16) >> 16), u and l the halves of 16 bits"
    )
    asm("asrs", upper, value, _HALF_BITS)
    asm("uxth", value, value)
    asm("lsrs", factor_upper, factor, _HALF_BITS)
    asm("uxth", factor_lower, factor)
    asm("mov", middle, value)
    asm("muls", middle, factor_lower, middle)
    asm("lsrs", middle, middle, _HALF_BITS)
    asm("muls", value, factor_upper, value)
    asm("adds", middle, middle, value)
    asm("muls", factor_lower, upper, factor_lower)
    asm("muls", upper, factor_upper, upper)
    asm("asrs", value, factor_lower, _HALF_BITS)
    asm("adds", value, value, upper)
    asm("uxth", factor_lower, factor_lower)
    asm("adds", middle, middle, factor_lower)
    asm("lsrs", middle, middle, _HALF_BITS)
    asm("adcs" if rounds else "adds", value, *(() if rounds else (value,)), middle)


def narrow_requantization(channels: Sequence[Sums], output: OutputRange) -> NarrowRequantization | str:
    """Return the fastest requantization that is equal for all sums within reach, or why there is none.

    `channels` have a scale of 1.
    """
    found = short_products(channels, output)
    if found is not None:
        return found
    proven: Requantization | str = prove(channels, output)
    if isinstance(proven, str):
        return proven
    assert isinstance(proven, Fused | Rounded | Shifted)
    return FourProducts(proven)
