"""Four int8 values in one word: packing and limits, and limits that a layer has."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from scons_tinyml.stages.graph.families.base import CStruct
from scons_tinyml.stages.lowering.thumb.assembler import Assembler
from scons_tinyml.stages.lowering.thumb.registers import Register
from scons_tinyml.stages.lowering.thumb.sums import INT8_MAX, INT8_MIN

_EACH_BYTE = 0x0101_0101


@dataclass(frozen=True)
class Limits:
    """Limits of outputs, -128 to 127."""

    minimum: int = INT8_MIN
    maximum: int = INT8_MAX

    @classmethod
    def of(cls, struct: CStruct) -> Limits:
        """Return the limits of a layer with a fused activation."""
        low, high = struct.fields["activation_min"], struct.fields["activation_max"]
        assert isinstance(low, int) and isinstance(high, int)
        return cls(low, high)

    def emit(self, asm: Assembler, word: Register, free: Sequence[Register]) -> None:
        """Limit the four values of `word`, by three instructions for each limit that int8 does not have.

        `free` are two registers.
        """
        limit, difference = free
        for value, is_least in ((self.minimum, True), (self.maximum, False)):
            if value in (INT8_MIN, INT8_MAX) and is_least == (value == INT8_MIN):
                continue
            asm.comment(f"the limit {value}")
            asm("mov", limit, value % 256 * _EACH_BYTE)
            asm("ssub8", difference, *((word, limit) if is_least else (limit, word)))
            asm("sel", word, word, limit)


def emit_packed(asm: Assembler, values: Sequence[Register]) -> Register:
    """Return the word of the lowest bytes of four `values`; the first register holds it."""
    first, second, third, fourth = values
    asm.comment("four outputs in a word")
    asm("bfi", first, second, 8, 8)
    asm("bfi", third, fourth, 8, 8)
    asm("pkhbt", first, first, third, "lsl #16")
    return first
