"""Sums of two quantized values as two products and a shift, with constants proven on all 65,536 pairs of values.

TensorFlow Lite Micro shifts both values to the left, scales and rounds each, adds them, scales and rounds again. All
that is a function of two bytes, which a * A + b * B + C, cut to its integer part, meets for nearly every layer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from _pairs import PairArithmetic
from numpy.typing import NDArray

from scons_tinyml.stages.graph.families.base import CStruct
from scons_tinyml.stages.graph.families.quantization.fixed_point import (
    INT32_MAX,
    INT32_MIN,
    requantize,
    wrapped,
)
from scons_tinyml.stages.graph.families.quantization.scales import FixedPoint
from scons_tinyml.stages.lowering.thumb.assembler import Assembler
from scons_tinyml.stages.lowering.thumb.registers import Register
from scons_tinyml.stages.lowering.thumb.sums import INT8_MAX, INT8_MIN, OutputRange, Sums, thresholds

SIGNS = {"ADD": 1, "SUB": -1}
"""Signs of the second value, by computation."""
_SHIFTS = (20, 21, 22, *range(19, 11, -1))
"""Bits of fraction that are tried: first those that most layers have, so that they share their function."""
_EXCESS = (0.0, *(sign * 2.0**-bits for bits in (26, 25, 24, 23, 22, 21, 20) for sign in (1, -1)))
"""Relative distances from the nearest A and B that are tried: halves are rounded away from zero by a larger one."""
BYTES = np.arange(INT8_MIN, INT8_MAX + 1)
"""All values of an input."""
_UPPER_BYTES = 0xFF00_FF00


@dataclass(frozen=True)
class ScaledSum(PairArithmetic):
    """y = ssat8((256 * a * A >> 16) + (256 * b * B >> 16) + C >> shift)."""

    first: int
    second: int
    offset: int
    shift: int

    description: ClassVar[str] = "Scaled sums, proven on all pairs of values"
    names: ClassVar[tuple[str, ...]] = ("factor_1", "factor_2", "offset")

    @property
    def constants(self) -> tuple[int, ...]:
        """A, B and C."""
        return self.first, self.second, self.offset

    def begin(self, asm: Assembler) -> tuple[Register, ...]:
        """Return a mask of the upper bytes of halfwords."""
        mask = asm.take("upper")
        asm.constant(mask, _UPPER_BYTES)
        return (mask,)

    def emit(
        self,
        asm: Assembler,
        constants: Sequence[Register],
        words: Sequence[Register],
        free: Sequence[Register],
    ) -> tuple[Register, ...]:
        """Return the outputs of four pairs."""
        factor_1, factor_2, offset, upper = constants
        odd, other_odd = words
        even, other_even, first, second = free
        asm.comment("256 * a and 256 * b, two lanes a register")
        asm("and", even, upper, odd, "lsl #8")
        asm("and", odd, upper, odd)
        asm("and", other_even, upper, other_odd, "lsl #8")
        asm("and", other_odd, upper, other_odd)
        asm.comment(f"output = ssat8((a * factor_1 + b * factor_2 + offset) >> {self.shift})")
        for result, lanes, half in (
            (first, even, "b"),
            (even, even, "t"),
            (second, odd, "b"),
            (odd, odd, "t"),
        ):
            asm(f"smlaw{half}", result, factor_1, lanes, offset)
        outputs = (first, second, even, odd)
        for result, lanes, half in zip(outputs, (other_even, other_odd) * 2, "bbtt", strict=True):
            asm(f"smlaw{half}", result, factor_2, lanes, result)
        for result in outputs:
            asm("ssat", result, 8, result, f"asr #{self.shift}")
        return outputs


@dataclass(frozen=True)
class SumLayer:
    """Quantization of a sum, as kernels get it."""

    offsets: tuple[int, int]
    factors: tuple[FixedPoint, FixedPoint]
    sign: int
    """-1 for a difference."""
    left_shift: int
    output_factor: FixedPoint
    output_zero_point: int

    @classmethod
    def of(cls, struct: CStruct, sign: int) -> SumLayer:
        """Return the quantization in the parameters of the declared kernels."""
        fields = {name: value for name, value in struct.fields.items() if isinstance(value, int)}

        def factor(name: str) -> FixedPoint:
            return FixedPoint(fields[f"{name}_multiplier"], fields[f"{name}_shift"])

        return cls(
            (fields["input_1_offset"], fields["input_2_offset"]),
            (factor("input_1"), factor("input_2")),
            sign,
            fields["left_shift"],
            factor("output"),
            fields["output_offset"],
        )

    def outputs(self) -> NDArray[np.int64]:
        """Return what TensorFlow Lite Micro gives for each pair of values: [256, 256], limited to int8 alone."""
        first, second = self.terms()
        raw = first[:, None] + second[None, :]
        sums = Sums(self.output_factor, int(raw.min()), int(raw.max()))
        found = thresholds(sums, OutputRange(self.output_zero_point))
        return INT8_MIN + np.searchsorted(found, raw, side="right")

    def terms(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return each value of both inputs, -128 to 127, in the common scale; those of a difference with its sign."""
        return self._scaled(0), self.sign * self._scaled(1)

    def _scaled(self, position: int) -> NDArray[np.int64]:
        """Return each value of an input in the common scale."""
        shifted = (wrapped((int(value) + self.offsets[position]) << self.left_shift) for value in BYTES)
        return np.array([requantize(value, self.factors[position]) for value in shifted], np.int64)

    def ideal(self, position: int) -> float:
        """Return the factor from an input to the output."""
        return real(self.factors[position]) * real(self.output_factor) * 2.0**self.left_shift


def proven_sum(layer: SumLayer) -> ScaledSum | None:
    """Return constants that give TensorFlow Lite Micro's byte for all pairs of values, or None."""
    outputs = layer.outputs()
    levels = Levels.of(outputs)
    for shift in _SHIFTS:
        ideal = [layer.ideal(position) * 2.0 ** (shift + 8) for position in (0, 1)]
        for excess in _EXCESS:
            first, second = (round(value * (1 + excess)) for value in ideal)
            if max(first, second) > INT32_MAX:
                continue
            second *= layer.sign
            sums = (256 * BYTES[:, None] * first >> 16) + (256 * BYTES[None, :] * second >> 16)
            offset = levels.offset(sums, shift)
            if offset is not None:
                return ScaledSum(first, second, offset, shift)
    return None


@dataclass(frozen=True, eq=False)
class Levels:
    """Pairs of values in the order of their outputs."""

    order: NDArray[np.int64]
    starts: NDArray[np.int64]
    """Of each output that occurs, the place of its first pair."""
    outputs: NDArray[np.int64]
    """Those that occur, ascending."""

    @classmethod
    def of(cls, outputs: NDArray[np.int64]) -> Levels:
        """Return the order of the pairs with `outputs`: [256, 256]."""
        order = np.argsort(outputs, axis=None, kind="stable")
        found, starts = np.unique(outputs.ravel()[order], return_index=True)
        return cls(order, starts, found)

    def offset(self, sums: NDArray[np.int64], shift: int) -> int | None:
        """Return a number that, added to the `sums` of pairs, gives their outputs with that many bits of fraction.

        None if there is no such number.
        """
        ordered = sums.ravel()[self.order]
        least = np.minimum.reduceat(ordered, self.starts)
        most = np.maximum.reduceat(ordered, self.starts)
        above, below = self.outputs > INT8_MIN, self.outputs < INT8_MAX
        low = int(((self.outputs << shift) - least)[above].max(initial=INT32_MIN))
        high = int(((self.outputs + 1 << shift) - 1 - most)[below].min(initial=INT32_MAX))
        low = max(low, INT32_MIN, INT32_MIN - int(least.min()))
        high = min(high, INT32_MAX, INT32_MAX - int(most.max()))
        return (low + high) // 2 if low <= high else None


def real(factor: FixedPoint) -> float:
    """Return the number that `factor` stands for."""
    return factor.multiplier * 2.0 ** (factor.shift - 31)
