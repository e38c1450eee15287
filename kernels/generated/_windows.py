"""Windows: the activations of each output pixel's filter side by side, as in a matrix product (im2col), expanded.

Filters on few channels have rows that are not whole quads. A window has them one after the other, so that only its
last quad is filled up. Rows of an image with padding are copied into scratch with it first.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from _blocks import LOOP_ALIGNMENT_BYTES
from _convolution import Convolution, Tiling
from _lines import InScratch, Lines
from _padded_rows import PaddedRows
from _product import WORD_BYTES
from _turns import LARGEST_OFFSET_BYTES, Segments
from numpy.typing import NDArray

from scons_tinyml.stages.lowering.thumb.assembler import Assembler, Slot
from scons_tinyml.stages.lowering.thumb.raw_pairs import EXPANDED_BYTES, QUAD, Expansion
from scons_tinyml.stages.lowering.thumb.registers import Register

MOST_QUADS = 24
"""Quads that are gathered without a loop, 36 bytes each at most."""
GATHER_CYCLES = 10
"""Approximate cycles of gathering and expanding a quad."""


@dataclass(frozen=True)
class Windows(InScratch):
    """The windows of a tile, pixel by pixel."""

    convolution: Convolution
    tiling: Tiling

    @property
    def name(self) -> str:
        """Of the schedules."""
        return "windows"

    @property
    def is_possible(self) -> bool:
        """True when the places of a window are within reach of loads and small code."""
        reach = self._place(self.convolution.filter_rows - 1) + self.convolution.row_places[-1] + WORD_BYTES
        return self.convolution.groups == 1 and self.quads <= MOST_QUADS and reach <= LARGEST_OFFSET_BYTES

    @property
    def lead_bytes(self) -> int:
        """Bytes of rows with padding."""
        words = self._padded.size_bytes if self._copies else 0
        return -(-words // EXPANDED_BYTES) * EXPANDED_BYTES

    @property
    def expanded_bytes(self) -> int:
        """Bytes of the windows."""
        return self.tiling.rows * self.convolution.columns * self._window_bytes

    @property
    def segments(self) -> Segments:
        """One, the window."""
        return Segments((0,), self.quads)

    @property
    def quads(self) -> int:
        """Quads of a window."""
        made = self.convolution
        return -(-made.filter_rows * made.filter_columns * made.depth // QUAD)

    @property
    def lines(self) -> Lines:
        """All pixels of a tile are one line."""
        made = self.convolution
        return Lines(1, self.tiling.rows * made.columns, self._window_bytes, 0, made.channels, 0)

    @property
    def cycles(self) -> int:
        """Approximate cycles of gathering the windows of all rows."""
        return self.tiling.tiles * self.lines.pixels * self.quads * GATHER_CYCLES

    def arranged(self, weights: NDArray[np.int8]) -> NDArray[np.int8]:
        """Return `weights` as they are."""
        return weights

    def emit_begin(self, asm: Assembler, scratch: Slot) -> None:
        """Fill the rows with the zero point: padding beside the image stays."""
        if self._copies:
            self._padded.emit_begin(asm, scratch, self.lead_bytes)

    def emit_tile(self, asm: Assembler, source: Slot, row: Slot, scratch: Slot) -> None:
        """Copy rows if there is padding, and gather the windows of all pixels."""
        if self._copies:
            self._padded.emit_tile(asm, source, row, scratch)
        given, target = asm.take_all("window", "expanded")
        asm.load(target, scratch)
        if self._copies:
            asm.add_constant(given, self._padded.lead_bytes, target)
            asm.add_constant(target, self.lead_bytes)
        else:
            asm.load(given, source)
        self._gather(asm, given, target)
        asm.release(given, target)

    def _gather(self, asm: Assembler, given: Register, target: Register) -> None:
        made = self.convolution
        places = [self._place(row) + place for row in range(made.filter_rows) for place in made.row_places]
        step, align = made.stride_columns * made.depth, LOOP_ALIGNMENT_BYTES
        expansion = Expansion.begin(asm)
        with asm.loop("line", self.tiling.rows, asm.slot("lines")):
            with asm.using("columns") as (columns,), asm.loop("gather", made.columns, columns, align=align):
                emit_gathered_quads(asm, expansion, given, target, places)
                asm.add_constant(given, step)
            asm.add_constant(given, made.stride_rows * self._pitch - step * made.columns)
        expansion.end(asm)

    def _place(self, row: int) -> int:
        """Return the bytes from the first activation of a window to those of a row of the filter."""
        return row * self.convolution.dilation_rows * self._pitch

    @property
    def _copies(self) -> bool:
        return self.convolution.pads_rows or self.convolution.pads_columns

    @property
    def _padded(self) -> PaddedRows:
        return PaddedRows(self.convolution, self.tiling)

    @property
    def _pitch(self) -> int:
        """Bytes from a row to the next."""
        return self._padded.row_bytes if self._copies else self.convolution.row_bytes

    @property
    def _window_bytes(self) -> int:
        return EXPANDED_BYTES * self.quads


def filled_up(weights: NDArray[np.int8], parts: int) -> NDArray[np.int8]:
    """Return `weights` [channels, depth] with each of `parts` equal parts of a channel filled up to quads."""
    found = weights.reshape(len(weights), parts, -1)
    return np.pad(found, ((0, 0), (0, 0), (0, -found.shape[2] % QUAD))).reshape(len(weights), -1)


def emit_gathered_quads(
    asm: Assembler, expansion: Expansion, given: Register, target: Register, places: list[int]
) -> None:
    """Gather and expand the activations at ascending `places` from `given`, and move `target` behind them."""
    quads = [places[first : first + QUAD] for first in range(0, len(places), QUAD)]
    with asm.using("x", "z", "x_next", "z_next", "part") as (*registers, part):
        for first in range(0, len(quads), 2):
            taken = quads[first : first + 2]
            found = registers[: 2 * len(taken)]
            for quad, within in zip(found[1::2], taken, strict=True):
                _emit_gathered_quad(asm, given, quad, part, within, last=within[-1] == places[-1])
            for x, z in zip(found[::2], found[1::2], strict=True):
                expansion.emit(asm, z, x, z)
            asm.store_multiple(target, found)


def _emit_gathered_quad(
    asm: Assembler, source: Register, quad: Register, part: Register, places: list[int], *, last: bool
) -> None:
    """Set the lower bytes of `quad` to those at ascending `places` bytes from `source`, one to four.

    Nothing behind the last place is read where it is the `last` of a window.
    """
    for position, (place, count) in _runs(places):
        final = last and place + count - 1 == places[-1]
        for start, width in _pieces(count, exact=final):
            into = part if position + start else quad
            mnemonic = {1: "ldrb", 2: "ldrh"}.get(width, "ldr")
            asm(mnemonic, into, asm.at(source, place + start))
            if into is part:
                asm("bfi", quad, part, 8 * (position + start), 8 * width)


def _runs(places: list[int]) -> Iterator[tuple[int, tuple[int, int]]]:
    """Yield position, first place and length of each run of neighbouring places."""
    first = 0
    for position in range(1, len(places) + 1):
        if position == len(places) or places[position] != places[position - 1] + 1:
            yield first, (places[first], position - first)
            first = position


def _pieces(count: int, *, exact: bool) -> list[tuple[int, int]]:
    """Return start and bytes of each load for a run; three bytes are loaded as four where that is allowed."""
    return [(0, 2), (2, 1)] if count == 3 and exact else [(0, count)]
