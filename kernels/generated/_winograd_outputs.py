"""Outputs of a block: its sums transformed, requantized and stored, channel by channel and tile by tile."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from _blocks import LOOP_ALIGNMENT_BYTES
from _winograd import INVERSE_OF_9, TILE, WINDOW, WORD_BYTES
from _winograd_copies import LARGEST_OFFSET
from _winograd_image import RESULT_BYTES, Schedule
from _winograd_transforms import emit_outputs

from scons_tinyml.stages.lowering.thumb.assembler import LOOP_BYTES, Assembler, Slot
from scons_tinyml.stages.lowering.thumb.registers import Register

_INSTRUCTION_BYTES = 4
_AROUND_COLUMNS_BYTES = 420
"""Bytes of a turn over tiles without the columns of outputs."""


class Outputs:
    """Writes the part of a function that computes outputs from sums."""

    def __init__(self, asm: Assembler, schedule: Schedule, slots: Mapping[str, Slot]) -> None:
        self.asm = asm
        self.schedule = schedule
        self.filters = schedule.filters
        self.image = schedule.image
        self.slots = slots

    def block(self) -> None:
        """Transform the sums of a block to its outputs, channel by channel, tile by tile."""
        asm, slots, schedule = self.asm, self.slots, self.schedule
        results, entry, output = asm.take_all("results", "entry", "output")
        asm.load(results, slots["results"])
        asm.load(entry, slots["output_entry"])
        with asm.loop("channel", schedule.block_channels, slots["channels"]):
            self._channel(results, entry, output)
        asm.save(slots["results"], results)
        if not self.schedule.is_one_block:
            asm.add_constant(entry, WORD_BYTES * schedule.block_tiles)
            asm.save(slots["output_entry"], entry)
        asm.release(results, entry, output)

    def _channel(self, results: Register, entry: Register, output: Register) -> None:
        """Compute the outputs of one channel of a block, and leave `entry` where it was."""
        asm, slots, schedule = self.asm, self.slots, self.schedule
        names = ["constant_a", "constant_b", "constant_c"][: self.filters.constants_of_a_channel]
        constants = asm.take_all(*names)
        with asm.using("tails") as (tails,), asm.using("start") as (start,):
            asm.load(tails, slots["tails"])
            asm("ldr", start, asm.after(tails, WORD_BYTES))
            asm.save(slots["start"], start)
            asm.load_multiple(tails, constants)
            asm.save(slots["tails"], tails)
        inverse = asm.take_all("inverse") if self.filters.reduces else ()
        for register in inverse:
            asm.constant(register, INVERSE_OF_9)
        sums, spare = asm.take_all(*(f"m{number}" for number in range(WINDOW))), asm.take("spare")
        with asm.loop("tile", schedule.block_tiles, slots["tiles"], spare, align=LOOP_ALIGNMENT_BYTES):
            asm("ldr", output, asm.after(entry, WORD_BYTES))
            empty = schedule.tiles % schedule.block_tiles != 0
            if empty:
                asm("cmp", output, 0)
                asm("beq", asm.forward("empty"))
            asm.load(spare, slots["output_channel"])
            asm("add", output, output, spare)
            self._rows(results, sums, spare)
            self._columns(results, output, sums, spare, constants, inverse)
            if empty:
                asm("b", asm.forward("stored"))
                asm.label("empty")
                asm.add_constant(results, RESULT_BYTES)
                asm.label("stored")
        asm.add_constant(entry, -WORD_BYTES * schedule.block_tiles)
        asm.load(spare, slots["output_channel"])
        asm.add_constant(spare, 1)
        asm.save(slots["output_channel"], spare)
        asm.release(*constants, *inverse, *sums, spare)

    def _rows(self, results: Register, sums: Sequence[Register], spare: Register) -> None:
        """Transform the rows of a tile's sums, in place; the start of the channel is added where all outputs get it."""
        asm = self.asm
        for row in range(WINDOW):
            asm.load_multiple(results, sums)
            if row == 1:
                asm.load(spare, self.slots["start"])
                asm("add", sums[1], sums[1], spare)
            for number, value in enumerate(emit_outputs(asm, sums, spare)):
                asm("str", value, asm.at(results, WORD_BYTES * (number - WINDOW)))

    def _columns(
        self,
        results: Register,
        output: Register,
        sums: Sequence[Register],
        spare: Register,
        constants: Sequence[Register],
        inverse: Sequence[Register],
    ) -> None:
        """Transform the columns of a tile's sums, requantize and store them."""
        asm, channels = self.asm, self.filters.channels
        turn = self._columns_at_once()
        with asm.loop("column", TILE // turn, self.slots["columns"], spare, align=LOOP_ALIGNMENT_BYTES):
            for column in range(turn):
                for row, value in enumerate(sums):
                    place = WORD_BYTES * (WINDOW * row + column) - RESULT_BYTES
                    asm("ldr", value, asm.at(results, place))
                outputs = emit_outputs(asm, sums, spare)
                for value in outputs if inverse else ():
                    asm.comment("a ninth, modulo 2^32")
                    asm("mul", value, value, inverse[0])
                self.filters.requantization.emit(asm, outputs, constants, None if asm.dsp else sums[TILE])
                self._store(output, column, outputs, spare)
            if turn < TILE:
                asm.add_constant(results, WORD_BYTES * turn)
                asm.add_constant(output, channels * turn)
        if turn < TILE:
            asm.add_constant(results, -WORD_BYTES * TILE)

    def _store(self, output: Register, column: int, outputs: Sequence[Register], spare: Register) -> None:
        asm, channels = self.asm, self.filters.channels
        for row, value in enumerate(outputs):
            offset = (self.image.output_width * row + column) * channels
            if offset <= LARGEST_OFFSET:
                asm("strb", value, asm.at(output, offset))
            else:
                asm.add_constant(spare, offset, output)
                asm("strb", value, asm.at(spare))

    def _columns_at_once(self) -> int:
        """Return the columns of outputs in a turn, such that the turn over tiles stays in the instruction cache."""
        each = WINDOW + 10 + TILE * (1 + self.filters.requantization.cycles + self.filters.reduces)
        far = (self.image.output_width * (TILE - 1) + TILE) * self.filters.channels > LARGEST_OFFSET
        size = _INSTRUCTION_BYTES * (each + 2 * TILE * far)
        return next((turn for turn in (4, 2) if _AROUND_COLUMNS_BYTES + turn * size <= LOOP_BYTES), 1)
