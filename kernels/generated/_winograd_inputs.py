"""Transformed inputs of a row of tiles: its rows are copied into a band, with padding, and transformed in pairs.

Columns are transformed first, each once though windows overlap by two, then the rows of each window.
"""

from __future__ import annotations

from collections.abc import Mapping

from _blocks import LOOP_ALIGNMENT_BYTES
from _winograd import INPUT_OFFSET, QUAD, TILE, WINDOW, WORD_BYTES
from _winograd_copies import LARGEST_OFFSET, emit_fill, emit_row_copy, emit_spread
from _winograd_image import COLUMN_BYTES, Schedule
from _winograd_transforms import LOWER_BYTES, emit_inputs, take_window

from scons_tinyml.stages.lowering.thumb.assembler import Assembler, Slot
from scons_tinyml.stages.lowering.thumb.registers import Register

_BOTH_LANES = 0x0001_0001
_ALL_BYTES = 0x0101_0101


class Inputs:
    """Writes the part of a function that transforms inputs."""

    def __init__(
        self, asm: Assembler, schedule: Schedule, slots: Mapping[str, Slot], input_zero_point: int
    ) -> None:
        self.asm = asm
        self.schedule = schedule
        self.image = schedule.image
        self.slots = slots
        self.padding = input_zero_point % 256 * 0x0101_0101

    # Before all strips.

    def prepare(self) -> None:
        """Fill the band with padding, and write the addresses of tiles that strips have in common."""
        asm, schedule = self.asm, self.schedule
        if self.image.is_padded_beside:
            with asm.using("padding", "band") as (padding, band):
                asm.constant(padding, self.padding)
                self._address(band, schedule.band)
                emit_fill(asm, padding, band, schedule.band_bytes, "padding")
        with asm.using("address", "entry", "left") as registers:
            self._input_addresses(*registers)
            self._column_addresses(*registers)
        empty = schedule.blocks * schedule.block_tiles - schedule.tiles
        if empty:
            with asm.using("zero", "entry") as (zero, entry):
                asm.comment("places of the last block that no tile has")
                asm.constant(zero, 0)
                self._address(entry, schedule.outputs + WORD_BYTES * schedule.tiles)
                for _ in range(empty):
                    asm("str", zero, asm.after(entry, WORD_BYTES))

    def _input_addresses(self, address: Register, entry: Register, left: Register) -> None:
        asm, schedule = self.asm, self.schedule
        asm.comment("addresses of the first transformed input of each tile")
        self._address(address, 0)
        self._address(entry, schedule.entries)
        with asm.loop("block_entries", schedule.blocks, left):
            for _ in range(schedule.block_tiles):
                asm("str", address, asm.after(entry, 2 * WORD_BYTES))
                asm.add_constant(address, WORD_BYTES)
            asm.add_constant(address, schedule.block_bytes - WORD_BYTES * schedule.block_tiles)

    def _column_addresses(self, address: Register, entry: Register, left: Register) -> None:
        asm, schedule = self.asm, self.schedule
        asm.comment("addresses of the first column of each tile")
        self._address(entry, schedule.entries + WORD_BYTES)
        with asm.using("rows_left") as (rows,), asm.loop("row_entries", schedule.rows, rows):
            self._address(address, schedule.columns)
            self._along_a_row(address, entry, left, COLUMN_BYTES, 2 * WORD_BYTES)

    def _along_a_row(
        self, address: Register, entry: Register, left: Register, column_bytes: int, step: int
    ) -> None:
        """Store the address of each tile of a row; the last one may be nearer to the one before."""
        asm, count = self.asm, self.image.tile_columns
        last = self.image.output_width - TILE * count
        if count > 1:
            with asm.loop(f"row_of_{step}", count - 1, left):
                asm("str", address, asm.after(entry, step))
                asm.add_constant(address, TILE * column_bytes)
        if last:
            asm.add_constant(address, last * column_bytes)
        asm("str", address, asm.after(entry, step))

    def _address(self, register: Register, offset_bytes: int) -> None:
        """Set `register` to a place in scratch."""
        self.asm.load(register, self.slots["scratch"])
        self.asm.add_constant(register, offset_bytes)

    # For each strip.

    def strip(self) -> None:
        """Transform the inputs of all rows of tiles of a strip."""
        asm, schedule, slots = self.asm, self.schedule, self.slots
        with asm.using("entry") as (entry,):
            self._address(entry, schedule.outputs)
            asm.save(slots["output_entry"], entry)
            self._address(entry, schedule.entries)
            asm.save(slots["entry"], entry)
        with asm.loop("row", schedule.rows, slots["rows"]):
            self._row()

    def _row(self) -> None:
        """Transform the inputs of a row of tiles, and go on to the next row, or stay with the last one."""
        asm, slots = self.asm, self.slots
        with asm.using("row") as (row,):
            asm.load(row, slots["y"])
            self._output_addresses(row)
            self._band(row)
            asm.load(row, slots["y"])
            asm.comment("the last row of tiles ends with the image, and may be repeated")
            asm.add_constant(row, TILE)
            with asm.using("last") as (last,):
                asm.constant(last, self.image.output_height - TILE)
                asm("cmp", row, last)
                asm("it", "gt")
                asm("movgt", row, last)
            asm.save(slots["y"], row)
        with asm.using("first") as (first,):
            asm.constant(first, 0)
            asm.save(slots["pair"], first)
            self._address(first, self.schedule.band)
            asm.save(slots["quad"], first)
        with asm.loop("quad", self.schedule.filters.quads, slots["quads"]):
            for half in range(2):
                self._columns(half)
                self._tiles(half)
        with asm.using("entry") as (entry,):
            asm.load(entry, slots["entry"])
            asm.add_constant(entry, 2 * WORD_BYTES * self.image.tile_columns)
            asm.save(slots["entry"], entry)

    def _output_addresses(self, row: Register) -> None:
        """Store the address of the first output of each tile."""
        asm, slots, channels = self.asm, self.slots, self.schedule.filters.channels
        asm.comment("addresses of the first output of each tile")
        with asm.using("address", "entry", "left") as (address, entry, left):
            asm.load(address, slots["output"])
            asm.constant(left, self.image.output_width * channels)
            asm("mla", address, row, left, address)
            asm.load(entry, slots["output_entry"])
            self._along_a_row(address, entry, left, channels, WORD_BYTES)
            asm.save(slots["output_entry"], entry)

    def _band(self, row: Register) -> None:
        """Copy six rows of the image into the band, and padding for those that are outside. `row` is lost."""
        asm, image = self.asm, self.image
        size, source_bytes = image.width * image.depth, image.width * image.depth
        asm.comment("six rows of the image, with padding")
        asm.add_constant(row, -image.padding_top)
        with asm.using("source", "band") as (source, band):
            asm.load(source, self.slots["input"])
            asm.constant(band, source_bytes)
            asm("mla", source, row, band, source)
            self._address(band, self.schedule.band + image.padding_left * image.depth)
            with asm.loop("band_row", WINDOW, self.slots["band_rows"]):
                if image.is_padded_above_or_below:
                    with asm.using("rows") as (rows,):
                        asm.constant(rows, image.height)
                        asm("cmp", row, rows)
                    asm("bhs", asm.forward("outside"))
                emit_row_copy(asm, source, band, size, aligned=self._aligned)
                if image.is_padded_above_or_below:
                    asm("b", asm.forward("next"))
                    asm.label("outside")
                    with asm.using("padding") as (padding,):
                        asm.constant(padding, self.padding)
                        emit_fill(asm, padding, band, size, "outside")
                    asm.add_constant(source, source_bytes)
                    asm.label("next")
                    asm.add_constant(row, 1)
                asm.add_constant(band, image.row_bytes - size)

    @property
    def _aligned(self) -> bool:
        """True when rows of image and band begin at whole words."""
        image = self.image
        lengths = (image.width * image.depth, image.row_bytes, image.padding_left * image.depth)
        return all(length % WORD_BYTES == 0 for length in lengths)

    def _columns(self, half: int) -> None:
        """Transform all columns of the band for two channels: the first and third of a quad, or second and fourth."""
        asm, slots, row_bytes, depth = self.asm, self.slots, self.image.row_bytes, self.image.depth
        window = take_window(asm)
        with asm.using("spare", "column", "offsets", "left") as (spare, column, offsets, left):
            asm.constant(offsets, INPUT_OFFSET * _BOTH_LANES if asm.dsp else LOWER_BYTES)
            self._address(column, self.schedule.columns)
            count = bases_for(row_bytes)
            with asm.using(*(f"rows_{letter}" for letter in "abc"[:count])) as bases:
                asm.load(bases[0], slots["quad"])
                for base, before in zip(bases[1:], bases, strict=False):
                    asm.add_constant(base, WINDOW // count * row_bytes, before)
                if half == 1:
                    asm.add_constant(bases[0], QUAD)
                    asm.save(slots["quad"], bases[0])
                    asm.add_constant(bases[0], -QUAD)
                with asm.loop(f"columns_{half}", self.image.columns, left, align=LOOP_ALIGNMENT_BYTES):
                    asm.comment("a + 128 of two channels, for six rows")
                    for row, register in enumerate(window):
                        number, offset = divmod(row, WINDOW // count)
                        asm("ldr", register, asm.at(bases[number], offset * row_bytes))
                    for register in window:
                        if asm.dsp:
                            asm("sxtab16", register, offsets, register, *(["ror #8"] if half else []))
                        else:
                            asm("eor", register, register, INPUT_OFFSET * _ALL_BYTES)
                            asm("and", register, offsets, register, *(["lsr #8"] if half else []))
                    results = emit_inputs(asm, window, spare, halves=False)
                    asm.store_multiple(column, results)
                    for base in bases:
                        asm.add_constant(base, depth)
        asm.release(*window)

    def _tiles(self, half: int) -> None:
        """Transform the rows of each window of a row of tiles, and store them for the products."""
        asm, slots, schedule = self.asm, self.slots, self.schedule
        window = take_window(asm)
        with asm.using("spare", "target", "column", "entry", "left", "pair") as registers:
            spare, target, column, entry, left, pair = registers
            asm.load(entry, slots["entry"])
            asm.load(pair, slots["pair"])
            with asm.loop(f"tiles_{half}", self.image.tile_columns, slots["tiles"], spare):
                asm.load_multiple(entry, (target, column))
                asm("add", target, target, pair)
                with asm.loop(f"window_{half}", WINDOW, left, align=LOOP_ALIGNMENT_BYTES):
                    for number, register in enumerate(window):
                        asm("ldr", register, asm.at(column, COLUMN_BYTES * number))
                    results = emit_inputs(asm, window, spare, halves=True)
                    emit_spread(asm, results, target, schedule.position_bytes)
                    asm.add_constant(column, WORD_BYTES)
            asm.add_constant(pair, WORD_BYTES * schedule.block_tiles)
            asm.save(slots["pair"], pair)
        asm.release(*window)


def bases_for(row_bytes: int) -> int:
    """Return the number of registers that point to rows of the band: 1, 2 or 3."""
    return next(count for count in (1, 2, 3) if (WINDOW // count - 1) * row_bytes <= LARGEST_OFFSET)
