"""Products of two quantized values: one multiplication, then a requantization that is proven for all of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

from _bytes import Limits
from _c_function import SCALE, CFunction, fused_at_some_scale, requantized
from _pairs import PairArithmetic, Pairs
from _pairs_in_c import pair_function_in_c

from scons_tinyml.stages.graph.families.base import CStruct
from scons_tinyml.stages.graph.families.quantization.scales import FixedPoint
from scons_tinyml.stages.lowering.thumb.assembler import Assembler
from scons_tinyml.stages.lowering.thumb.proof import prove
from scons_tinyml.stages.lowering.thumb.registers import Register
from scons_tinyml.stages.lowering.thumb.requantization import Requantization
from scons_tinyml.stages.lowering.thumb.sums import INT8_MAX, INT8_MIN, OutputRange, Sums

_TO_UNSIGNED = 128
"""The offset with which values have no sign."""
_BYTE = 255


@dataclass(frozen=True)
class ScaledProduct(PairArithmetic):
    """y = requantized(scale * (a + offset_1) * (b + offset_2))."""

    offsets: tuple[int, int]
    requantization: Requantization
    scale: int = 1
    """1, 2 or SCALE."""

    description: ClassVar[str] = "Scaled products, proven for all pairs of values"
    names: ClassVar[tuple[str, ...]] = ("lanes_1", "lanes_2", "factor", "half")

    @property
    def constants(self) -> tuple[int, ...]:
        """Numbers that make lanes of the values of both inputs, and the constants of the requantization."""
        lanes = (self._lanes(position) for position in (0, 1))
        return (*lanes, *self.requantization.constants[0])

    def emit(
        self,
        asm: Assembler,
        constants: Sequence[Register],
        words: Sequence[Register],
        free: Sequence[Register],
    ) -> tuple[Register, ...]:
        """Return the outputs of four pairs."""
        *lanes, factor, half = constants
        odd, other_odd = words
        even, other_even, first, second = free
        self._emit_lanes(asm, 0, lanes[0], odd, even)
        self._emit_lanes(asm, 1, lanes[1], other_odd, other_even)
        asm.comment("products")
        asm("smulbb", first, even, other_even)
        asm("smulbb", second, odd, other_odd)
        asm("smultt", even, even, other_even)
        asm("smultt", odd, odd, other_odd)
        outputs = (first, second, even, odd)
        self.requantization.emit(asm, outputs, (factor, half), other_even)
        return outputs

    @property
    def _scaled(self) -> int | None:
        """The input, 0 or 1, whose values are multiplied by the scale: the one that takes fewer instructions."""
        if self.scale == 1:
            return None
        return 1 if self.offsets[1] == _TO_UNSIGNED else 0

    def _lanes(self, position: int) -> int:
        """Return a mask, or an offset, in both halves of a word."""
        offset = self.offsets[position]
        if position != self._scaled or (self.scale == 2 and offset != _TO_UNSIGNED):
            return _in_lanes(offset)
        return _in_lanes(self.scale * _BYTE if offset == _TO_UNSIGNED else 2 * self.scale * offset)

    def _emit_lanes(
        self, asm: Assembler, position: int, lanes: Register, word: Register, even: Register
    ) -> None:
        """Make lanes of the values plus their offset in `word`: of bytes 0 and 2 in `even`, of 1 and 3 in `word`."""
        offset, scale = self.offsets[position], self.scale if position == self._scaled else 1
        factor = f"{scale} * " if scale > 1 else ""
        asm.comment(f"{factor}(value_{position + 1} + offset), two lanes a register")
        if scale > 1 and offset == _TO_UNSIGNED:
            bits = scale.bit_length() - 1
            asm("eor", word, word, 0x8080_8080)
            asm("and", even, lanes, word, f"lsl #{bits}")
            asm("and", word, lanes, word, f"lsr #{8 - bits}")
        elif scale == SCALE:
            # 256 times the value and the offset, halved.
            asm("lsl", even, word, 8)
            for register in (even, word):
                asm("and", register, register, 0xFF00_FF00)
                asm("shadd16", register, register, lanes)
        else:
            asm("sxtab16", even, lanes, word)
            asm("sxtab16", word, lanes, word, "ror #8")
            for register in (even, word) if scale > 1 else ():
                asm("sadd16", register, register, register)


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
        found = fused_at_some_scale(self.sums, self.output)
        if found is not None:
            scale, constants = found
            return ScaledProduct(self.offsets, constants, scale)
        # The definition takes twice the sum.
        rounded = prove([replace(self.sums, scale=2)], self.output)
        return None if isinstance(rounded, str) else ScaledProduct(self.offsets, rounded, 2)

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
