"""Rows of the padded image, expanded: a filter's activations are its rows, or its pixels where it is dilated."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from _blocks import emit_expansion
from _convolution import Convolution, Tiling, pairs_of
from _fill import each_row, emit_fill
from _lines import Lines
from _product import Geometry
from _turns import LARGEST_OFFSET_BYTES, Segments
from numpy.typing import NDArray

from scons_tinyml.stages.lowering.thumb.assembler import Assembler, Slot
from scons_tinyml.stages.lowering.thumb.raw_pairs import EXPANDED_BYTES, QUAD, expanded
from scons_tinyml.stages.lowering.thumb.registers import Register

_PIXEL_CYCLES = 12
"""Approximate cycles that a quad of activations takes to expand."""


@dataclass(frozen=True)
class ExpandedRows:
    """Channels of each pixel are filled up to quads."""

    convolution: Convolution
    tiling: Tiling

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
        """Rows of the output, or its columns where fewer pixels overlap."""
        made, rows = self.convolution, self.tiling.rows
        across, down = made.stride_columns * self._pixel_bytes, made.stride_rows * self._row_bytes
        below = made.columns * made.channels
        along = Lines(rows, made.columns, across, down, made.channels, below)
        upright = Lines(made.columns, rows, down, across, below, made.channels)
        fewer = upright.count * upright.pairs < along.count * along.pairs
        reached = max(down + self.segments.quads * EXPANDED_BYTES, below + QUAD) <= LARGEST_OFFSET_BYTES
        return upright if fewer and reached else along

    @property
    def cycles(self) -> int:
        """Approximate cycles of expanding the tiles of all rows."""
        return self.tiling.tiles * self._rows * self.convolution.inner_columns * self._quads * _PIXEL_CYCLES

    @property
    def pairs(self) -> int:
        """Pairs of pixels of a tile."""
        return self.lines.count * pairs_of(self.lines.pixels)

    def arranged(self, weights: NDArray[np.int8]) -> NDArray[np.int8]:
        """Return `weights` with the channels of each pixel filled up."""
        depth = self.convolution.filter_depth
        pixels = weights.reshape(len(weights), -1, depth)
        return np.pad(pixels, ((0, 0), (0, 0), (0, -depth % QUAD))).reshape(len(weights), -1)

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
        if columns <= 0:
            return
        asm.comment(f"x and z of the zero point, {columns} pixels")
        x, z = expanded(self.convolution.zero_point)
        with asm.using("x", "z", "x_again", "z_again") as registers:
            for register, word in zip(registers, (x, z, x, z), strict=True):
                asm.constant(register, word)
            emit_fill(asm, f"{name}_words", target, registers, 2 * columns * self._quads)

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
