"""Schedule for one row of activations on Armv6-M: C around a block for eight outputs, two products in one MUL.

The stream and its arithmetic are those of `_row_bytes.py`. The sums of three of four pairs are above r7.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from _blocks import unrolled
from _c_function import CFunction, c_function, counted, indented
from _product import ARGUMENTS, WORD_BYTES
from _row_bytes import GROUP, LETTERS, LOWER_BYTES, OFFSET, RowStream

from scons_tinyml.stages.lowering.thumb.assembler import Slot
from scons_tinyml.stages.lowering.thumb.four_products import NarrowRequantization
from scons_tinyml.stages.lowering.thumb.narrow import NarrowAssembler
from scons_tinyml.stages.lowering.thumb.packed import FIELDS
from scons_tinyml.stages.lowering.thumb.registers import Register

VALUES = ("const int8_t *activations", "const int32_t *weights", "int8_t *output", "int32_t offsets")
_TURN = 8
"""Activations in a turn of the loop."""
_FIELD_BITS = 16
_FIRST_SUM = 6
_PREFIX = "row"


@dataclass(frozen=True)
class NarrowRow:
    """A product of one row."""

    stream: RowStream
    requantization: NarrowRequantization

    def function(self) -> CFunction:
        """Return the function."""
        layer = self.stream.layer
        whole, rest = divmod(layer.channels, GROUP)
        groups = []
        for count, times in ((GROUP, whole), (rest, 1)):
            if count and times:
                groups += counted(f"groups_{count}", times, self._group(count))
        body = [
            "(void)scratch;",
            "int32_t offsets = 0;",
            f"for (int32_t at = 0; at < {layer.depth}; ++at)",
            f"    offsets -= (input[at] + {OFFSET}) * {OFFSET};",
            *groups,
        ]
        title = f"{layer.channels} outputs of {layer.depth} inputs, one row"
        return c_function(_PREFIX, title, ARGUMENTS, indented(body))

    def _group(self, count: int) -> list[str]:
        given = ("input", "weights", "output", "offsets")
        block = _Writer(self, count).block(given)
        after = [f"weights += {self._words(count)};", f"output += {count};"]
        return [*block, *after]

    def _words(self, count: int) -> int:
        """Words of the stream that `count` outputs take."""
        starts = -(-count // FIELDS) * FIELDS
        lanes = -(-count // WORD_BYTES) * self.stream.layer.depth
        return starts + lanes + count * len(self.requantization.constants[0])


class _Writer:
    """Writes the block for `count` outputs."""

    def __init__(self, row: NarrowRow, count: int) -> None:
        self.count, self.requantization, self.depth = count, row.requantization, row.stream.layer.depth
        self.asm = asm = NarrowAssembler(VALUES)
        self.activations, self.weights, output, self.offsets = asm.arguments
        self.output = asm.slot("output")
        asm.save(self.output, output)
        asm.release(output)

    def block(self, given: Sequence[str]) -> list[str]:
        """Return the lines of the block."""
        asm = self.asm
        pairs = self._starts()
        asm.release(self.offsets)
        self._products(pairs)
        slots = [asm.slot(f"sum{number}") for number in range(self.count)]
        with asm.using("value", "upper") as (value, upper):
            for number, (low, high) in enumerate(pairs):
                asm("mov", upper, high)
                asm("lsls", value, upper, _FIELD_BITS)
                with asm.using("both") as (both,):
                    asm("mov", both, low)
                    asm("subs", value, both, value)
                for slot, register in zip(slots[FIELDS * number :], (value, upper), strict=False):
                    asm.save(slot, register)
        asm.release(*(register for pair in pairs for register in pair), self.activations)
        for number, slot in enumerate(slots):
            self._output(number, slot)
        return list(asm.block(given, f"{_PREFIX}_{self.count}").lines)

    def _starts(self) -> list[tuple[Register, Register]]:
        """Return the registers of the sums of each pair, which begin with bias - offsets."""
        asm = self.asm
        numbers = (*range(_FIRST_SUM, 13), 14)
        pairs = [
            (asm.take(f"low_{letter}", numbers[2 * at]), asm.take(f"high_{letter}", numbers[2 * at + 1]))
            for at, letter in enumerate(LETTERS[: -(-self.count // FIELDS)])
        ]
        asm.comment(f"{self.count} outputs: sums begin with bias - offsets")
        with asm.using("both", "begin_low", "begin_high") as (both, *begin):
            asm("lsls", both, self.offsets, _FIELD_BITS)
            asm("adds", both, both, self.offsets)
            for pair in pairs:
                asm.load_words(self.weights, begin)
                for register, start, moved in zip(pair, begin, (both, self.offsets), strict=True):
                    asm("adds", start, start, moved)
                    asm("mov", register, start)
        return pairs

    def _products(self, pairs: Sequence[tuple[Register, Register]]) -> None:
        """Add the products of all activations; `activations` are moved behind them."""
        asm = self.asm
        turn = unrolled(self.depth, _TURN)
        turns, rest = divmod(self.depth, turn)
        mask, x, word, fields = asm.take_all("mask", "x", "word", "fields")
        end = asm.slot("end")
        asm("mov", word, self.activations)
        asm.add_any(word, turn * turns, fields)
        asm.save(end, word)
        asm.constant(mask, LOWER_BYTES)
        asm.comment("products of two weights with a + 128: fields of 16 bits")
        used = (mask, x, word, fields)
        if turns == 1:
            self._some(turn, pairs, used)
        else:
            with asm.repeat("inputs"):
                self._some(turn, pairs, used)
                asm.load(word, end)
                asm("cmp", self.activations, word)
        self._some(rest, pairs, used)
        asm.release(mask, x, word, fields)

    def _some(self, count: int, pairs: Sequence[tuple[Register, Register]], used: Sequence[Register]) -> None:
        """Add the products of `count` activations, and move `activations` behind them."""
        asm = self.asm
        mask, x, word, fields = used
        for number in range(count):
            asm("ldrb", x, asm.at(self.activations, number))
            asm("adds", x, OFFSET)
            asm("uxtb", x, x)
            for first in range(0, len(pairs), FIELDS):
                asm.load_words(self.weights, [word])
                some = pairs[first : first + FIELDS]
                if len(some) == FIELDS:
                    asm("lsrs", fields, word, 8)
                asm("ands", word, mask)
                self._add(word, x, some[0])
                if len(some) == FIELDS:
                    asm("ands", fields, mask)
                    self._add(fields, x, some[1])
        asm.add_constant(self.activations, count)

    def _add(self, fields: Register, x: Register, pair: tuple[Register, Register]) -> None:
        """Add two products; `fields` are those of the weights."""
        asm, (low, high) = self.asm, pair
        asm("muls", fields, x, fields)
        asm("add", low, fields)
        asm("lsrs", fields, fields, _FIELD_BITS)
        asm("add", high, fields)

    def _output(self, number: int, slot: Slot) -> None:
        """Requantize and store the sum in `slot`; constants are read from `weights`."""
        asm, made = self.asm, self.requantization
        low = asm.take_all(*(f"constant{number}" for number in range(made.low_constants)))
        value, *free = asm.take_all("value", *(f"spare{number}" for number in range(made.temporaries)))
        above = len(made.constants[0]) - len(low)
        high = [asm.take(f"constant_high{at}", 8 + at) for at in range(above)]
        asm.load_words(self.weights, low)
        for register in high:
            asm.load_words(self.weights, [value])
            asm("mov", register, value)
        asm.load(value, slot)
        made.emit(asm, value, (*low, *high), free, str(number))
        asm.load(free[0], self.output)
        asm("strb", value, asm.at(free[0], number))
        asm.release(*low, value, *free, *high)
