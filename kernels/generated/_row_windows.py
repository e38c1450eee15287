"""Windows of rows: what a row of the filter reads for each column of the output, side by side, expanded.

The filter is then one of a single column on an image with as many columns as the output. Activations are gathered once
for all rows of the filter that read them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from _blocks import LOOP_ALIGNMENT_BYTES, emit_expansion
from _convolution import Convolution, Tiling
from _fill import each_row, emit_byte_copy, emit_expanded_padding, emit_zero_points
from _lines import InScratch, Lines, lines_of
from _product import WORD_BYTES, Geometry
from _turns import LARGEST_OFFSET_BYTES, Segments
from _windows import GATHER_CYCLES, MOST_QUADS, emit_gathered_quads, filled_up
from numpy.typing import NDArray

from scons_tinyml.stages.lowering.thumb.assembler import Assembler, Slot
from scons_tinyml.stages.lowering.thumb.raw_pairs import EXPANDED_BYTES, QUAD, Expansion
from scons_tinyml.stages.lowering.thumb.registers import Register


@dataclass(frozen=True)
class RowWindows(InScratch):
    """The windows of the rows of the padded image that a tile reads; each is filled up to quads."""

    convolution: Convolution
    tiling: Tiling
    upright: bool
    """True when the pixels of a pair are below each other."""

    @property
    def name(self) -> str:
        """Of the schedules."""
        return "row_windows"

    @property
    def is_possible(self) -> bool:
        """True when a window is within reach of loads and small code, or without gaps."""
        made = self.convolution
        reached = made.row_places[-1] + WORD_BYTES <= LARGEST_OFFSET_BYTES
        return (
            made.groups == 1
            and (not self._is_long or made.dilation_columns == 1)
            and (reached or self._is_long)
        )

    @property
    def lead_bytes(self) -> int:
        """Bytes of a row with padding beside it."""
        if not self.convolution.pads_columns:
            return 0
        row = self._lead + self.convolution.padded_columns * self.convolution.depth
        return -(-row // EXPANDED_BYTES) * EXPANDED_BYTES

    @property
    def expanded_bytes(self) -> int:
        """Bytes of the windows."""
        return self._rows * self._row_bytes

    @property
    def segments(self) -> Segments:
        """Rows of the filter."""
        made = self.convolution
        starts = range(
            0, self._row_bytes * made.dilation_rows * made.filter_rows, self._row_bytes * made.dilation_rows
        )
        return Segments(tuple(starts), self._quads)

    @property
    def lines(self) -> Lines:
        """Rows or columns of the output."""
        made = self.convolution
        across, down = EXPANDED_BYTES * self._quads, made.stride_rows * self._row_bytes
        return lines_of(made, self.tiling, across, down, upright=self.upright)

    @property
    def cycles(self) -> int:
        """Approximate cycles of gathering the windows of all tiles."""
        windows = self.tiling.tiles * self._rows * self.convolution.columns
        return windows * self._quads * GATHER_CYCLES

    def arranged(self, weights: NDArray[np.int8]) -> NDArray[np.int8]:
        """Return `weights` with each row of the filter filled up."""
        return filled_up(weights, self.convolution.filter_rows)

    def emit_begin(self, asm: Assembler, scratch: Slot) -> None:
        """Fill the row with the zero point: padding beside the image stays."""
        if self.lead_bytes:
            emit_zero_points(asm, self.convolution, scratch, self.lead_bytes)

    def emit_tile(self, asm: Assembler, source: Slot, row: Slot, scratch: Slot) -> None:
        """Gather the windows of each row."""
        made = self.convolution
        asm.comment("windows of the rows of the image, with padding")
        given, target = asm.take_all("input_row", "expanded")
        asm.load(given, source)
        asm.load(target, scratch)
        asm.add_constant(target, self.lead_bytes)

        def outside() -> None:
            emit_expanded_padding(asm, "padded_row", target, made.zero_point, self._quads * made.columns)
            asm.add_constant(given, made.row_bytes)

        with each_row(asm, made, self._rows, row, outside):
            if self.lead_bytes:
                with asm.using("padded") as (padded,):
                    asm.load(padded, scratch)
                    asm.add_constant(padded, self._lead + made.left_columns * made.depth)
                    copied = made.inner_columns * made.depth
                    emit_byte_copy(asm, "row_words", given, padded, copied)
                    asm.add_constant(given, made.row_bytes - copied)
                    asm.add_constant(padded, -copied - made.left_columns * made.depth)
                    self._gather(asm, padded, target)
            else:
                self._gather(asm, given, target)
                asm.add_constant(given, made.row_bytes - made.columns * made.stride_columns * made.depth)
        asm.release(given, target)

    def _gather(self, asm: Assembler, given: Register, target: Register) -> None:
        made, step = self.convolution, self.convolution.stride_columns * self.convolution.depth
        if self._is_long:
            length = made.filter_columns * made.depth
            with asm.loop("gather", made.columns, asm.slot("columns")):
                emit_expansion(asm, given, target, length, Geometry(1, 1))
                asm.add_constant(given, step - length)
            return
        expansion = Expansion.begin(asm)
        with (
            asm.using("columns") as (columns,),
            asm.loop("gather", made.columns, columns, align=LOOP_ALIGNMENT_BYTES),
        ):
            emit_gathered_quads(asm, expansion, given, target, made.row_places)
            asm.add_constant(given, step)
        expansion.end(asm)

    @property
    def _is_long(self) -> bool:
        """True when a window has too many quads for code without a loop."""
        return self._quads > MOST_QUADS

    @property
    def _quads(self) -> int:
        """Of a window."""
        return -(-len(self.convolution.row_places) // QUAD)

    @property
    def _lead(self) -> int:
        """Bytes before the row, with which the image's first column is at a word."""
        return -self.convolution.left_columns * self.convolution.depth % WORD_BYTES

    @property
    def _row_bytes(self) -> int:
        return self.convolution.columns * self._quads * EXPANDED_BYTES

    @property
    def _rows(self) -> int:
        return self.convolution.padded_rows(self.tiling.rows)
