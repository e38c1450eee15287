"""Products of transformed inputs and weights: eight sums of a block in registers, six loads for 16 products.

For each block all 36 positions pass by, and what they give goes to scratch for a moment.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from _blocks import LOOP_ALIGNMENT_BYTES, emit_quad_loop, unrolled
from _winograd import POSITIONS, WORD_BYTES
from _winograd_image import PRODUCTS, RESULT_BYTES, Schedule, Source

from scons_tinyml.stages.lowering.thumb.assembler import LOOP_BYTES, Assembler, Slot
from scons_tinyml.stages.lowering.thumb.registers import Register

_TURN, _LONG_TURN = 16, 8
"""Pairs of input channels in a turn: 736 bytes at most, and 64 for what follows; and by MLA, 896 bytes."""
_MANY, _FEW = 4, 2
"""Tiles and channels of a block, or channels and tiles."""
_INSTRUCTION_BYTES = 4
_LARGEST_NARROW_OFFSET = 124
"""Of loads of 16 bits."""
_PAIR_BYTES, _LONG_PAIR_BYTES = 44, 112
"""Bytes of the products of a pair: eight products, six loads of 16 bits or three double ones; and by MLA."""
_LANE_BYTES = 2
_AROUND_POSITIONS = 9
"""Instructions of a turn over positions beside products and stores."""


class Products:
    """Writes the part of a function that multiplies."""

    def __init__(self, asm: Assembler, schedule: Schedule, slots: Mapping[str, Slot]) -> None:
        self.asm = asm
        self.schedule = schedule
        self.filters = schedule.filters
        self.slots = slots

    def block(self) -> None:
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
        if self.schedule.is_one_block:
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
        return unrolled(self.filters.pairs, _TURN if self.asm.dsp else _LONG_TURN)

    @property
    def _is_far(self) -> bool:
        """True when weights are in flash: loads from there and from RAM do not overlap, and double ones are as fast."""
        return self.schedule.source is Source.FLASH

    @property
    def _positions_at_once(self) -> int:
        """Positions of a turn of the loop over positions: several where there are few input channels."""
        if self._turn < self.filters.pairs:
            return 1
        pair_bytes = _PAIR_BYTES if self.asm.dsp else _LONG_PAIR_BYTES
        pairs, most = self.filters.pairs, LOOP_BYTES - _INSTRUCTION_BYTES * _AROUND_POSITIONS
        stores = _INSTRUCTION_BYTES * (PRODUCTS + 1)
        for count in (6, 4, 3, 2):
            far = 0
            if self.asm.dsp and not self._is_far:
                far = sum(not _is_near(_MANY * number) for number in range(count * pairs))
            size = count * (stores + pairs * pair_bytes) + far * _INSTRUCTION_BYTES
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
        if not asm.dsp:
            self._halves(number, few, many, sums, words, begins=begins)
            return
        self._load(few, _FEW * number, words[:2], overlaps=True)
        for first in range(0, _MANY, 2):
            self._load(many, _MANY * number + first, words[2:], overlaps=first == 0)
            for position, row in enumerate(sums):
                for part, value in enumerate(row[first : first + 2]):
                    if begins:
                        asm("smuad", value, words[position], words[2 + part])
                    else:
                        asm("smlad", value, words[position], words[2 + part], value)

    def _halves(
        self,
        number: int,
        few: Register,
        many: Register,
        sums: Sequence[Sequence[Register]],
        words: Sequence[Register],
        *,
        begins: bool,
    ) -> None:
        """Add the products of the pair `number` one input channel at a time: MLA has no lanes."""
        asm = self.asm
        for half in range(2):
            lane = _LANE_BYTES * half
            for part, word in enumerate(words[:2]):
                asm("ldrsh", word, asm.at(few, WORD_BYTES * (_FEW * number + part) + lane))
            for first in range(0, _MANY, 2):
                for part, word in enumerate(words[2:]):
                    asm("ldrsh", word, asm.at(many, WORD_BYTES * (_MANY * number + first + part) + lane))
                for position, row in enumerate(sums):
                    for part, value in enumerate(row[first : first + 2]):
                        if begins and half == 0:
                            asm("mul", value, words[position], words[2 + part])
                        else:
                            asm("mla", value, words[position], words[2 + part], value)

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


def _is_near(index: int) -> bool:
    """Return whether loads of 16 bits reach the words `index` and the next one."""
    return WORD_BYTES * (index + 1) <= _LARGEST_NARROW_OFFSET
