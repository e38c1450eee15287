"""Rows of the padded image, expanded: a filter's activations are its rows, or its pixels where it is dilated."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from _blocks import emit_expansion
from _convolution import Convolution, Tiling
from _fill import each_row, emit_expanded_padding
from _lines import InScratch, Lines, lines_of
from _product import Geometry
from _turns import Segments
from _windows import filled_up
from numpy.typing import NDArray

from scons_tinyml.stages.lowering.thumb.assembler import Assembler, Slot
from scons_tinyml.stages.lowering.thumb.raw_pairs import EXPANDED_BYTES, QUAD
from scons_tinyml.stages.lowering.thumb.registers import Register

_PIXEL_CYCLES = 12
"""Approximate cycles that a quad of activations takes to expand."""


@dataclass(frozen=True)
class ExpandedRows(InScratch):
    """Channels of each pixel are filled up to quads."""

    convolution: Convolution
    tiling: Tiling
    upright: bool
    """True when the pixels of a pair are below each other."""

    @property
    def name(self) -> str:
        """Of the schedules."""
        return "rows"

    @property
    def lead_bytes(self) -> int:
        """Bytes before the rows."""
        return 0

    @property
    def expanded_bytes(self) -> int:
        """Bytes of the rows."""
        return self._rows * self._row_bytes

    @property
    def segments(self) -> Segments:
        """Rows of the filter, or its pixels."""
        made, pixel, row = self.convolution, self._pixel_bytes, self._row_bytes
        rows = [row * made.dilation_rows * number for number in range(made.filter_rows)]
        if made.dilation_columns == 1 and made.groups == 1:
            return Segments(tuple(rows), made.filter_columns * self._quads, made.filter_columns)
        columns = [pixel * made.dilation_columns * number for number in range(made.filter_columns)]
        return Segments(
            tuple(start + column for start in rows for column in columns), self._quads // made.groups
        )

    @property
    def lines(self) -> Lines:
        """Rows or columns of the output."""
        made = self.convolution
        across, down = made.stride_columns * self._pixel_bytes, made.stride_rows * self._row_bytes
        return lines_of(made, self.tiling, across, down, upright=self.upright)

    @property
    def cycles(self) -> int:
        """Approximate cycles of expanding the tiles of all rows."""
        return self.tiling.tiles * self._rows * self.convolution.inner_columns * self._quads * _PIXEL_CYCLES

    def arranged(self, weights: NDArray[np.int8]) -> NDArray[np.int8]:
        """Return `weights` with the channels of each pixel filled up."""
        return filled_up(weights, self.convolution.filter_rows * self.convolution.filter_columns)

    def emit_begin(self, asm: Assembler, scratch: Slot) -> None:
        """Padding is made with each row."""

    def emit_tile(self, asm: Assembler, source: Slot, row: Slot, scratch: Slot) -> None:
        """Expand the rows of a tile, with padding around them."""
        made = self.convolution
        asm.comment("rows of the image, expanded, with padding")
        given, target = asm.take_all("input_row", "expanded_row")
        asm.load(given, source)
        asm.load(target, scratch)

        def outside() -> None:
            self._padding(asm, "padded_row", target, made.padded_columns)
            asm.add_constant(given, made.row_bytes)

        with each_row(asm, made, self._rows, row, outside):
            self._padding(asm, "left", target, made.left_columns)
            if made.inner_columns:
                emit_expansion(asm, given, target, made.depth, Geometry(1, made.inner_columns))
            self._padding(asm, "right", target, made.right_columns)
            asm.add_constant(given, made.row_bytes - made.inner_columns * made.depth)
        asm.release(given, target)

    def _padding(self, asm: Assembler, name: str, target: Register, columns: int) -> None:
        """Store expanded zero points for `columns` pixels."""
        if columns:
            emit_expanded_padding(asm, name, target, self.convolution.zero_point, columns * self._quads)

    @property
    def _quads(self) -> int:
        """Of a pixel."""
        return -(-self.convolution.depth // QUAD)

    @property
    def _pixel_bytes(self) -> int:
        return EXPANDED_BYTES * self._quads

    @property
    def _row_bytes(self) -> int:
        return self.convolution.padded_columns * self._pixel_bytes

    @property
    def _rows(self) -> int:
        """Rows of the padded image that a tile reads."""
        return self.convolution.padded_rows(self.tiling.rows)
