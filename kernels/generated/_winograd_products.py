"""Products of transformed inputs and weights, block by block, and the outputs of each block.

A block is eight sums in registers, of two channels and four tiles or of four channels and two tiles: six loads for 16
products. For each block all 36 positions pass by, and what they give goes to scratch for a moment.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from _blocks import LOOP_ALIGNMENT_BYTES, emit_copy, emit_quad_loop, unrolled
from _winograd import INVERSE_OF_9, POSITIONS, TILE, WINDOW, WORD_BYTES
from _winograd_copies import LARGEST_OFFSET
from _winograd_image import PRODUCTS, RESULT_BYTES, Schedule, Source
from _winograd_transforms import emit_outputs
from _winograd_weights import emit_made_weights

from scons_tinyml.stages.lowering.thumb.assembler import LOOP_BYTES, Assembler, Slot
from scons_tinyml.stages.lowering.thumb.registers import Register

_TURN = 16
"""Pairs of input channels in a turn: 736 bytes at most, and 64 for what follows."""
_MANY, _FEW = 4, 2
"""Tiles and channels of a block, or channels and tiles."""
_INSTRUCTION_BYTES = 4
_LARGEST_NARROW_OFFSET = 124
"""Of loads of 16 bits."""
_PAIR_BYTES = 44
"""Bytes of the products of a pair: eight products, six loads of 16 bits or three double ones."""
_AROUND_POSITIONS = 9
"""Instructions of a turn over positions beside products and stores."""
_AROUND_COLUMNS_BYTES = 420
"""Bytes of a turn over tiles without the columns of outputs."""


class Products:
    """Writes the part of a function that multiplies, and stores outputs."""

    def __init__(self, asm: Assembler, schedule: Schedule, slots: Mapping[str, Slot]) -> None:
        self.asm = asm
        self.schedule = schedule
        self.filters = schedule.filters
        self.image = schedule.image
        self.slots = slots

    def strip(self) -> None:
        """Compute all outputs of a strip, group by group of channels."""
        asm, slots = self.asm, self.slots
        with asm.using("word") as (word,):
            asm.load(word, slots["weights"])
            asm.save(slots["stream"], word)
            asm.constant(word, 0)
            asm.save(slots["channel"], word)
        with asm.loop("group", len(self.schedule.groups), slots["groups"]):
            self._group()

    def _group(self) -> None:
        asm, slots, schedule = self.asm, self.slots, self.schedule
        self._prepare_weights()
        self._set("output_entry", schedule.outputs)
        self._set("block", 0)
        with asm.loop("batch", -(-schedule.blocks // schedule.units), slots["batches"]):
            self._set("results", schedule.results - WORD_BYTES)
            with asm.loop("unit", schedule.units, slots["units"]):
                self._multiply()
            self._set("results", schedule.results)
            if self._one_block:
                self._begin_channels()
            with asm.loop("unit_outputs", schedule.units, slots["units"]):
                if not self._one_block:
                    self._begin_channels()
                self._outputs()
        tails = self.filters.tail_bytes * schedule.group_channels
        with asm.using("word", "left") as (word, left):
            asm.load(word, slots["stream"])
            asm.add_constant(word, schedule.stream_bytes + tails)
            asm.save(slots["stream"], word)
            asm.load(word, slots["channel"])
            asm.add_constant(word, schedule.group_channels)
            if self.filters.channels % schedule.group_channels:
                asm.comment("the last group begins with channels of the one before")
                asm.constant(left, self.filters.channels - schedule.group_channels)
                asm("cmp", word, left)
                asm("it", "gt")
                asm("movgt", word, left)
            asm.save(slots["channel"], word)

    @property
    def _one_block(self) -> bool:
        """True when units have the same tiles and other channels."""
        return self.schedule.blocks == 1

    def _set(self, slot: str, offset_bytes: int) -> None:
        """Set a slot to a place in scratch."""
        with self.asm.using("place") as (place,):
            self._address(place, offset_bytes)
            self.asm.save(self.slots[slot], place)

    def _begin_channels(self) -> None:
        """Set slots to the first channel of a group."""
        asm, slots = self.asm, self.slots
        with asm.using("word") as (word,):
            asm.load(word, slots["stream"])
            asm.add_constant(word, self.schedule.stream_bytes)
            asm.save(slots["tails"], word)
            asm.load(word, slots["channel"])
            asm.save(slots["output_channel"], word)

    def _prepare_weights(self) -> None:
        """Set the slot `group` to the address of the group's transformed weights."""
        asm, slots, schedule = self.asm, self.slots, self.schedule
        weights, target = asm.take_all("weights", "target")
        asm.load(weights, slots["stream"])
        if schedule.source is not Source.FLASH:
            self._address(target, schedule.weights)
            asm.save(slots["group"], target)
        if schedule.source is Source.COPIED:
            asm.comment("copy the weights of the group, which are read for each block")
            emit_copy(asm, weights, target, schedule.weight_bytes // WORD_BYTES, "weights_copy")
        elif schedule.source is Source.FLASH:
            asm.save(slots["group"], weights)
        asm.release(weights, target)
        if schedule.source is Source.MADE:
            emit_made_weights(asm, schedule, slots)

    def _address(self, register: Register, offset_bytes: int) -> None:
        self.asm.load(register, self.slots["scratch"])
        self.asm.add_constant(register, offset_bytes)

    # Products.

    def _multiply(self) -> None:
        """Compute all positions of the next block."""
        asm, slots = self.asm, self.slots
        inputs, weights = asm.take_all("inputs", "weights")
        words = asm.take_all("word_x", "word_y", "word_a", "word_b")
        sums = [asm.take_all(*(f"sum_{few}{many}" for many in "abcd")) for few in "xy"]
        asm.load(inputs, slots["block"])
        asm.load(weights, slots["group"])
        turns = POSITIONS // self._positions_at_once
        with asm.loop("position", turns, slots["positions"], words[0], align=LOOP_ALIGNMENT_BYTES):
            self._positions(sums, inputs, weights, words)
        if self._one_block:
            asm.save(slots["group"], weights)
        else:
            asm.save(slots["block"], inputs)
        if self.schedule.units > 1:
            asm.load(words[0], slots["results"])
            asm.add_constant(words[0], (PRODUCTS - 1) * RESULT_BYTES)
            asm.save(slots["results"], words[0])
        asm.release(*sums[0], *sums[1], inputs, weights, *words)

    @property
    def _turn(self) -> int:
        """Pairs of input channels of a turn."""
        return unrolled(self.filters.pairs, _TURN)

    @property
    def _is_far(self) -> bool:
        """True when weights are in flash: loads from there and from RAM do not overlap, and double ones are as fast."""
        return self.schedule.source is Source.FLASH

    @property
    def _positions_at_once(self) -> int:
        """Positions of a turn of the loop over positions: several where there are few input channels."""
        if self._turn < self.filters.pairs:
            return 1
        pairs, most = self.filters.pairs, LOOP_BYTES - _INSTRUCTION_BYTES * _AROUND_POSITIONS
        stores = _INSTRUCTION_BYTES * (PRODUCTS + 1)
        for count in (6, 4, 3, 2):
            far = 0 if self._is_far else sum(not _is_near(_MANY * number) for number in range(count * pairs))
            size = count * (stores + pairs * _PAIR_BYTES) + far * _INSTRUCTION_BYTES
            if size <= most:
                return count
        return 1

    def _positions(
        self,
        sums: Sequence[Sequence[Register]],
        inputs: Register,
        weights: Register,
        words: Sequence[Register],
    ) -> None:
        """Sum up the products of all pairs of input channels at the next positions, and store them."""
        asm, pairs, at_once = self.asm, self.filters.pairs, self._positions_at_once
        few, many = (weights, inputs) if self.schedule.block_tiles == _MANY else (inputs, weights)
        steps = ((many, WORD_BYTES * _MANY), (few, WORD_BYTES * _FEW))
        if self._turn < pairs:
            for register in (*sums[0], *sums[1]):
                asm.constant(register, 0)

            def pair(number: int) -> None:
                self._pair(number, few, many, sums, words)

            emit_quad_loop(asm, "pairs", pairs, self._turn, self.slots["turns"], words[0], steps, pair)
            self._store_sums(0, sums, words[0])
            return
        for position in range(at_once):
            for number in range(pairs):
                self._pair(position * pairs + number, few, many, sums, words, begins=number == 0)
            self._store_sums(position, sums, words[0])
        for pointer, step in steps:
            asm.add_constant(pointer, step * pairs * at_once)

    def _pair(
        self,
        number: int,
        few: Register,
        many: Register,
        sums: Sequence[Sequence[Register]],
        words: Sequence[Register],
        *,
        begins: bool = False,
    ) -> None:
        """Add the products of the pair `number` behind the pointers; sums begin with them if `begins`."""
        asm = self.asm
        asm.comment("sum += products of two input channels, of two and four weights or inputs")
        self._load(few, _FEW * number, words[:2], overlaps=True)
        for first in range(0, _MANY, 2):
            self._load(many, _MANY * number + first, words[2:], overlaps=first == 0)
            for position, row in enumerate(sums):
                for part, value in enumerate(row[first : first + 2]):
                    if begins:
                        asm("smuad", value, words[position], words[2 + part])
                    else:
                        asm("smlad", value, words[position], words[2 + part], value)

    def _load(self, base: Register, index: int, pair: Sequence[Register], *, overlaps: bool) -> None:
        """Load two words. Two loads of 16 bits take as many bytes as a double one, and overlap with those before."""
        asm, offset = self.asm, WORD_BYTES * index
        mnemonic = "ldr.n" if _is_near(index) else "ldr"
        if self._is_far or not (overlaps or _is_near(index)):
            asm("ldrd", *pair, asm.at(base, offset))
            return
        for part, word in enumerate(pair):
            asm(mnemonic, word, asm.at(base, offset + WORD_BYTES * part))

    def _store_sums(self, position: int, sums: Sequence[Sequence[Register]], results: Register) -> None:
        """Store the sums of a position; behind the last one of a turn the slot goes on. It is a word behind."""
        asm, tiles, at_once = self.asm, self.schedule.block_tiles, self._positions_at_once
        asm.load(results, self.slots["results"])
        places = {}
        for few, row in enumerate(sums):
            for many, value in enumerate(row):
                channel, tile = (few, many) if tiles == _MANY else (many, few)
                places[channel * tiles + tile] = value
        offset = WORD_BYTES * (1 + position)
        for place in range(1, PRODUCTS):
            asm("str", places[place], asm.at(results, RESULT_BYTES * place + offset))
        if position + 1 < at_once:
            asm("str", places[0], asm.at(results, offset))
        else:
            asm("str", places[0], asm.before(results, offset))
            asm.save(self.slots["results"], results)

    # Outputs.

    def _outputs(self) -> None:
        """Transform the sums of a block to its outputs, channel by channel, tile by tile."""
        asm, slots, schedule = self.asm, self.slots, self.schedule
        results, entry, output = asm.take_all("results", "entry", "output")
        asm.load(results, slots["results"])
        asm.load(entry, slots["output_entry"])
        with asm.loop("channel", schedule.block_channels, slots["channels"]):
            self._channel(results, entry, output)
        asm.save(slots["results"], results)
        if not self._one_block:
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
                self.filters.requantization.emit(asm, outputs, constants)
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


def _is_near(index: int) -> bool:
    """Return whether loads of 16 bits reach the words `index` and the next one."""
    return WORD_BYTES * (index + 1) <= _LARGEST_NARROW_OFFSET
