"""Activations of one byte each: where they are in the image, or in rows of it that are copied with padding."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from _convolution import Convolution, Tiling
from _lines import Lines, lines_of
from _padded_rows import PaddedRows
from _product import WORD_BYTES
from _turns import Segments
from numpy.typing import NDArray

from scons_tinyml.stages.lowering.thumb.assembler import Assembler, Slot
from scons_tinyml.stages.lowering.thumb.registers import Register

_ROW_CYCLES, _WORD_CYCLES = 40, 5
"""Approximate cycles of copying a row, and a word of it."""


@dataclass(frozen=True)
class Bytes:
    """Rows of activations of one byte."""

    convolution: Convolution
    tiling: Tiling
    upright: bool
    """True when the pixels of a pair are below each other."""
    copies: bool

    @property
    def name(self) -> str:
        """Of the schedules."""
        return "padded" if self.copies else "image"

    @property
    def is_possible(self) -> bool:
        """True when the image has all activations that are read, or they are copied."""
        made = self.convolution
        return self.copies or (self.tiling.tiles == 1 and not made.pads_rows and not made.pads_columns)

    @property
    def lead_bytes(self) -> int:
        """Bytes before the rows."""
        return self._padded.lead_bytes if self.copies else 0

    @property
    def expanded_bytes(self) -> int:
        """Bytes of the rows, up to the next word."""
        if not self.copies:
            return 0
        return -(-self._padded.size_bytes // WORD_BYTES) * WORD_BYTES - self.lead_bytes

    @property
    def segments(self) -> Segments:
        """Rows of the filter, or its pixels."""
        made, pixel = self.convolution, self.convolution.depth
        rows = [self._pitch * made.dilation_rows * number for number in range(made.filter_rows)]
        if made.dilation_columns == 1 and made.groups == 1:
            return Segments(tuple(rows), made.filter_columns * pixel)
        columns = [pixel * made.dilation_columns * number for number in range(made.filter_columns)]
        return Segments(tuple(start + column for start in rows for column in columns), made.filter_depth)

    @property
    def lines(self) -> Lines:
        """Rows or columns of the output; or one line, where its pixels are those of the image in order."""
        made = self.convolution
        across, down = made.stride_columns * made.depth, made.stride_rows * self._pitch
        if down == across * made.columns:
            return Lines(1, self.tiling.rows * made.columns, across, 0, made.channels, 0)
        return lines_of(made, self.tiling, across, down, upright=self.upright)

    @property
    def cycles(self) -> int:
        """Approximate cycles of copying the rows of all tiles."""
        row = _ROW_CYCLES + _WORD_CYCLES * self._padded.row_bytes // WORD_BYTES
        return self.tiling.tiles * self._padded.rows * row if self.copies else 0

    def arranged(self, weights: NDArray[np.int8]) -> NDArray[np.int8]:
        """Return `weights` as they are."""
        return weights

    def emit_begin(self, asm: Assembler, scratch: Slot) -> None:
        """Fill the rows with the zero point: padding beside the image stays."""
        if self.copies:
            self._padded.emit_begin(asm, scratch, self.lead_bytes + self.expanded_bytes)

    def emit_tile(self, asm: Assembler, source: Slot, row: Slot, scratch: Slot) -> None:
        """Copy the rows of a tile."""
        if self.copies:
            self._padded.emit_tile(asm, source, row, scratch)

    def emit_activations(self, asm: Assembler, register: Register, source: Slot, scratch: Slot) -> None:
        """Set `register` to the first activation of a tile."""
        asm.load(register, scratch if self.copies else source)
        asm.add_constant(register, self.lead_bytes)

    @property
    def _padded(self) -> PaddedRows:
        return PaddedRows(self.convolution, self.tiling)

    @property
    def _pitch(self) -> int:
        """Bytes from a row to the next."""
        return self._padded.row_bytes if self.copies else self.convolution.row_bytes
