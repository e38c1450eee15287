"""Blocks of two channels by two pixels for Armv6-M: all pairs of a line, weights packed by two channels, by MUL.

A product takes 11 cycles for four weights: registers up to r7 hold two places, their index, the weights, a product and
the fields of both pixels. The sums that runs are added to are above r7.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from _lines import Lines
from _packed_turns import PackedTurns

from scons_tinyml.stages.lowering.thumb.four_products import NarrowRequantization
from scons_tinyml.stages.lowering.thumb.narrow import Block, NarrowAssembler
from scons_tinyml.stages.lowering.thumb.packed import FIELDS, MIDDLE
from scons_tinyml.stages.lowering.thumb.registers import Register

VALUES = ("const int8_t *activations", "const int32_t *weights", "int8_t *output", "int32_t pairs")
_FIELD_BITS = 16
_PIXELS = 2


@dataclass(frozen=True)
class PixelPairs:
    """The pairs of a line, for groups of `turns`."""

    lines: Lines
    requantization: NarrowRequantization
    turns: PackedTurns

    def block(self, given: Sequence[str], prefix: str) -> Block:
        """Return the assembly for the pairs of a line, at least one."""
        return _Writer(self).block(given, prefix)


class _Writer:
    """Writes the block."""

    def __init__(self, pairs: PixelPairs) -> None:
        self.turns, self.requantization = pairs.turns, pairs.requantization
        self.lines = pairs.lines
        self.constants = len(pairs.requantization.constants[0])
        self.asm = asm = NarrowAssembler(VALUES)
        self.activations, self.weights, output, left = asm.arguments
        self.left, self.group = asm.slot("left"), asm.slot("group")
        asm.save(self.left, left)
        asm.save(self.group, self.weights)
        self.output, self.bias = asm.take("outputs", 14), asm.take("bias", 12)
        asm("mov", self.output, output)
        asm.release(output, left)

    def block(self, given: Sequence[str], prefix: str) -> Block:
        """Return the block."""
        asm = self.asm
        with asm.repeat("pair"):
            sums = self._sums()
            for channel in range(self.turns.channels):
                self._outputs(channel, sums)
            asm.release(*sums)
            self._next_pair()
        return asm.block(given, prefix)

    def _sums(self) -> list[Register]:
        """Return the registers low and high of both pixels, with all products."""
        asm, turns = self.asm, self.turns
        numbers = ((f"low{pixel}", f"high{pixel}") for pixel in range(_PIXELS))
        sums = [
            asm.take(name, 8 + number)
            for number, name in enumerate(name for pair in numbers for name in pair)
        ]
        second, index, word, product = asm.take_all("second", "index", "weights_both", "product")
        fields = asm.take_all("fields0", "fields1")
        asm.comment("sums begin with bias - offsets")
        starts = [word, product][: turns.channels]
        if turns.channels < FIELDS:
            asm("movs", product, 0)
        asm.load_words(self.weights, starts)
        for register, start in zip(sums, (word, product) * _PIXELS, strict=True):
            asm("mov", register, start)
        asm("mov", second, self.activations)
        asm.add_any(second, turns.second_bytes, word)
        asm.constant(index, MIDDLE)
        asm("mov", self.bias, index)
        asm("movs", index, 0)
        places = (self.activations, second)
        if turns.loops:
            asm.comment("the stream says how far the activations of the next turn are; 0 is the last")
            with asm.repeat("turn"):
                self._turn(places, (index, word, product), fields, sums)
                asm.load_words(self.weights, [word])
                asm("adds", index, index, word)
                asm("cmp", word, 0)
        else:
            self._turn(places, (index, word, product), fields, sums)
        asm.release(second, index, word, product, *fields)
        return sums

    def _turn(
        self,
        places: Sequence[Register],
        used: tuple[Register, Register, Register],
        fields: Sequence[Register],
        sums: Sequence[Register],
    ) -> None:
        """Add the products of a turn. The index ends where it began if there are several."""
        asm, offsets = self.asm, self.turns.offsets
        index, word, product = used
        steps = [second - first for first, second in pairwise(offsets)]
        steps.append(-offsets[-1] if self.turns.loops else 0)
        ends, first = set(), 0
        for length in self.turns.runs.lengths:
            first += length
            ends.add(first)
        begins = True
        for number, step in enumerate(steps, 1):
            asm.comment("fields += (w0 + 65536 * w1) * x")
            asm.load_words(self.weights, [word])
            for place, field in zip(places, fields, strict=True):
                factor = field if begins else product
                asm("ldrsb", factor, asm.indexed(place, index))
                asm("muls", factor, word, factor)
                if not begins:
                    asm("adds", field, field, product)
            begins = number in ends
            if begins:
                self._run_end(fields, sums)
            asm.add_any(index, step, product)
            asm.island()

    def _run_end(self, fields: Sequence[Register], sums: Sequence[Register]) -> None:
        """Add fields to the sums."""
        asm = self.asm
        for field, low, high in zip(fields, sums[::2], sums[1::2], strict=True):
            asm("add", field, self.bias)
            asm("add", low, field)
            asm("asrs", field, field, _FIELD_BITS)
            asm("add", high, field)

    def _outputs(self, channel: int, sums: Sequence[Register]) -> None:
        """Requantize and store the sums of a channel; constants are read from `weights`."""
        asm, made, lines = self.asm, self.requantization, self.lines
        low = [asm.take(f"constant{number}") for number in range(made.low_constants)]
        value, *free = asm.take_all("value", *(f"spare{number}" for number in range(made.temporaries)))
        for pixel in range(_PIXELS):
            self._sum(channel, value, sums[2 * pixel : 2 * pixel + 2], free[0])
            if pixel == 0:
                asm.load_words(self.weights, low)
                high = (self.bias, sums[0])[: len(made.constants[0]) - len(low)]
                for register in high:
                    asm.load_words(self.weights, [free[0]])
                    asm("mov", register, free[0])
            made.emit(asm, value, (*low, *high), free, f"{channel}_{pixel}")
            place = free[0]
            asm("mov", place, self.output)
            if pixel:
                asm.add_any(place, lines.second_output_bytes, low[0])
            asm("strb", value, asm.at(place, channel))
        asm.release(*low, value, *free)

    def _sum(self, channel: int, value: Register, pair: Sequence[Register], spare: Register) -> None:
        """Set `value` to a sum: the register of the lower one holds 65,536 times the upper one, too."""
        asm, (low, high) = self.asm, pair
        if channel:
            asm("mov", value, high)
            return
        asm("mov", spare, high)
        asm("lsls", spare, spare, _FIELD_BITS)
        asm("mov", value, low)
        asm("subs", value, value, spare)

    def _next_pair(self) -> None:
        """Go on to the next two pixels, or one further if only one is left; flags tell whether any is."""
        asm, lines = self.asm, self.lines
        left, spare = asm.take_all("pairs_left", "spare")
        asm.load(left, self.left)
        self._move(min(_PIXELS, lines.pixels), spare)
        if lines.pixels % 2 and lines.pairs > 1:
            asm.comment("the last pair begins with the pixel that the one before ended with")
            asm("cmp", left, 2)
            asm.unless("ne", "whole_pair", lambda: self._move(-1, spare))
        asm.load(self.weights, self.group)
        asm("subs", left, left, 1)
        asm.save(self.left, left)
        asm.release(left, spare)

    def _move(self, pixels: int, spare: Register) -> None:
        self.asm.add_any(self.activations, pixels * self.lines.pixel_bytes, spare)
        self.asm.add_any(self.output, pixels * self.lines.output_bytes, spare)
