"""Rows of an image with padding around them, copied into scratch as bytes."""

from __future__ import annotations

from dataclasses import dataclass

from _convolution import Convolution, Tiling
from _fill import each_row, emit_byte_copy, emit_bytes, emit_zero_points
from _product import WORD_BYTES

from scons_tinyml.stages.lowering.thumb.assembler import Assembler, Slot


@dataclass(frozen=True)
class PaddedRows:
    """The rows of a tile."""

    convolution: Convolution
    tiling: Tiling

    @property
    def lead_bytes(self) -> int:
        """Bytes before the rows, with which the image's first column is at a word."""
        return -self.convolution.left_columns * self.convolution.depth % WORD_BYTES

    @property
    def row_bytes(self) -> int:
        """Bytes of a row with padding, whole words."""
        return -(-self.convolution.padded_columns * self.convolution.depth // WORD_BYTES) * WORD_BYTES

    @property
    def rows(self) -> int:
        """Rows of a tile."""
        return self.convolution.padded_rows(self.tiling.rows)

    @property
    def size_bytes(self) -> int:
        """Bytes of all rows, with those before them."""
        return self.lead_bytes + self.rows * self.row_bytes

    def emit_begin(self, asm: Assembler, scratch: Slot, count: int) -> None:
        """Fill the first `count` bytes of scratch with the zero point: padding beside the image stays."""
        emit_zero_points(asm, self.convolution, scratch, count)

    def emit_tile(self, asm: Assembler, source: Slot, row: Slot, scratch: Slot) -> None:
        """Copy the rows of a tile."""
        made = self.convolution
        asm.comment("rows of the image, with padding")
        given, target = asm.take_all("input_row", "padded_row")
        asm.load(given, source)
        asm.load(target, scratch)
        asm.add_constant(target, self.lead_bytes + made.left_columns * made.depth)
        copied = made.inner_columns * made.depth

        def outside() -> None:
            with asm.using("zero_point") as (value,):
                asm.constant(value, made.zero_point_bytes)
                emit_bytes(asm, "zero_row", target, value, copied)
            asm.add_constant(target, self.row_bytes - copied)
            asm.add_constant(given, made.row_bytes)

        with each_row(asm, made, self.rows, row, outside):
            emit_byte_copy(asm, "row_words", given, target, copied)
            asm.add_constant(target, self.row_bytes - copied)
            asm.add_constant(given, made.row_bytes - copied)
        asm.release(given, target)
