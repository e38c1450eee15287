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
from _fill import each_row, emit_byte_copy, emit_bytes, emit_zero_points
from _lines import Lines
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
class Windows:
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
        words = self._lead + self._rows * self._row_bytes if self._copies else 0
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
            emit_zero_points(asm, self.convolution, scratch, self.lead_bytes)

    def emit_tile(self, asm: Assembler, source: Slot, row: Slot, scratch: Slot) -> None:
        """Copy rows if there is padding, and gather the windows of all pixels."""
        if self._copies:
            self._copy(asm, source, row, scratch)
        given, target = asm.take_all("window", "expanded")
        asm.load(target, scratch)
        if self._copies:
            asm.add_constant(given, self._lead, target)
            asm.add_constant(target, self.lead_bytes)
        else:
            asm.load(given, source)
        self._gather(asm, given, target)
        asm.release(given, target)

    def _copy(self, asm: Assembler, source: Slot, row: Slot, scratch: Slot) -> None:
        made = self.convolution
        asm.comment("rows of the image, with padding")
        given, target = asm.take_all("input_row", "padded_row")
        asm.load(given, source)
        asm.load(target, scratch)
        asm.add_constant(target, self._lead + made.left_columns * made.depth)
        copied = made.inner_columns * made.depth

        def outside() -> None:
            with asm.using("zero_point") as (value,):
                asm.constant(value, self.convolution.zero_point_bytes)
                emit_bytes(asm, "zero_row", target, value, copied)
            asm.add_constant(target, self._row_bytes - copied)
            asm.add_constant(given, made.row_bytes)

        with each_row(asm, made, self._rows, row, outside):
            emit_byte_copy(asm, "row_words", given, target, copied)
            asm.add_constant(target, self._row_bytes - copied)
            asm.add_constant(given, made.row_bytes - copied)
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
    def _lead(self) -> int:
        """Bytes before the rows, with which the image's first column is at a word."""
        return -self.convolution.left_columns * self.convolution.depth % WORD_BYTES

    @property
    def _row_bytes(self) -> int:
        """Bytes of a row with padding, whole words."""
        return -(-self.convolution.padded_columns * self.convolution.depth // WORD_BYTES) * WORD_BYTES

    @property
    def _pitch(self) -> int:
        """Bytes from a row to the next."""
        return self._row_bytes if self._copies else self.convolution.row_bytes

    @property
    def _rows(self) -> int:
        return self.convolution.padded_rows(self.tiling.rows)

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
