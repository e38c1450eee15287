"""Products of two quantized values: one multiplication, then a requantization that is proven for all of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from _bytes import Limits
from _c_function import CFunction, requantized
from _pairs import PairArithmetic, Pairs
from _pairs_in_c import pair_function_in_c

from scons_tinyml.stages.graph.families.base import CStruct
from scons_tinyml.stages.graph.families.quantization.scales import FixedPoint
from scons_tinyml.stages.lowering.thumb.assembler import Assembler
from scons_tinyml.stages.lowering.thumb.proof import prove
from scons_tinyml.stages.lowering.thumb.registers import Register
from scons_tinyml.stages.lowering.thumb.requantization import Requantization
from scons_tinyml.stages.lowering.thumb.sums import INT8_MAX, INT8_MIN, OutputRange, Sums


@dataclass(frozen=True)
class ScaledProduct(PairArithmetic):
    """y = requantized((a + offset_1) * (b + offset_2))."""

    offsets: tuple[int, int]
    requantization: Requantization

    description: ClassVar[str] = "Scaled products, proven for all pairs of values"
    names: ClassVar[tuple[str, ...]] = ("offset_1", "offset_2", "factor", "half")

    @property
    def constants(self) -> tuple[int, ...]:
        """Both offsets in two lanes, and the constants of the requantization."""
        lanes = (_in_lanes(offset) for offset in self.offsets)
        return (*lanes, *self.requantization.constants[0])

    def emit(
        self,
        asm: Assembler,
        constants: Sequence[Register],
        words: Sequence[Register],
        free: Sequence[Register],
    ) -> tuple[Register, ...]:
        """Return the outputs of four pairs."""
        offset_1, offset_2, *rest = constants
        odd, other_odd = words
        even, other_even, first, second = free
        asm.comment("a + offset_1 and b + offset_2, two lanes a register")
        asm("sxtab16", even, offset_1, odd)
        asm("sxtab16", odd, offset_1, odd, "ror #8")
        asm("sxtab16", other_even, offset_2, other_odd)
        asm("sxtab16", other_odd, offset_2, other_odd, "ror #8")
        asm.comment("their products")
        asm("smulbb", first, even, other_even)
        asm("smulbb", second, odd, other_odd)
        asm("smultt", even, even, other_even)
        asm("smultt", odd, odd, other_odd)
        outputs = (first, second, even, odd)
        self.requantization.emit(asm, outputs, rest)
        return outputs


@dataclass(frozen=True)
class ProductLayer:
    """Quantization of a product, as kernels get it. Outputs are limited to int8 alone."""

    offsets: tuple[int, int]
    sums: Sums
    """All products of two values and their offsets."""
    output: OutputRange

    @classmethod
    def of(cls, struct: CStruct) -> ProductLayer:
        """Return the quantization in the parameters of the declared kernels."""
        fields = {name: value for name, value in struct.fields.items() if isinstance(value, int)}
        offsets = fields["input_1_offset"], fields["input_2_offset"]
        ends = [[end + offset for end in (INT8_MIN, INT8_MAX)] for offset in offsets]
        products = [first * second for first in ends[0] for second in ends[1]]
        factor = FixedPoint(fields["output_multiplier"], fields["output_shift"])
        return cls(offsets, Sums(factor, min(products), max(products)), OutputRange(fields["output_offset"]))

    def proven(self) -> ScaledProduct | None:
        """Return instructions that give TensorFlow Lite Micro's byte for all products, or None."""
        found = prove([self.sums], self.output)
        return None if isinstance(found, str) else ScaledProduct(self.offsets, found)

    def function(self, pairs: Pairs, limits: Limits) -> CFunction:
        """Return a function in C for inputs that meet as `pairs`."""
        product = " * ".join(f"(byte_{place} + {offset})" for place, offset in enumerate(self.offsets, 1))
        scaled = requantized("product", self.sums, self.output, short=True)
        value = [f"const int32_t product = {product};", f"const int32_t value = {scaled};"]
        return pair_function_in_c("products", "Scaled products", pairs, limits, value)


def _in_lanes(offset: int) -> int:
    """Return `offset` in both halves of a word, with sign."""
    half = offset % 2**16
    word = half << 16 | half
    return word - 2**32 if word >= 2**31 else word
