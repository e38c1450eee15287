"""Products of two quantized values: one multiplication, then a requantization that is proven for all of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from _pairs import PairArithmetic

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


def proven_product(struct: CStruct) -> ScaledProduct | str:
    """Return the product with parameters of the declared kernels, limited to int8 alone, or why there is none."""
    fields = {name: value for name, value in struct.fields.items() if isinstance(value, int)}
    offsets = fields["input_1_offset"], fields["input_2_offset"]
    ends = [[end + offset for end in (INT8_MIN, INT8_MAX)] for offset in offsets]
    products = [first * second for first in ends[0] for second in ends[1]]
    factor = FixedPoint(fields["output_multiplier"], fields["output_shift"])
    sums = Sums(factor, min(products), max(products))
    found = prove([sums], OutputRange(fields["output_offset"]))
    return found if isinstance(found, str) else ScaledProduct(offsets, found)


def _in_lanes(offset: int) -> int:
    """Return `offset` in both halves of a word, with sign."""
    half = offset % 2**16
    word = half << 16 | half
    return word - 2**32 if word >= 2**31 else word
