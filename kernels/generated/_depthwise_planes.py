"""Planes of a depthwise layer: filled with the zero point once, then copied into, some channels at a time.

Copying two pixels of a run takes, for each value: 2 instructions where one channel is copied, 1.75 where two are loaded
together, and 1.5 where four are. Without the DSP extension values stay bytes, those of the channels side by side.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from _blocks import LOOP_ALIGNMENT_BYTES
from _depthwise_walk import Walk
from _depthwise_words import Cursor
from _product import WORD_BYTES

from scons_tinyml.stages.lowering.thumb.assembler import Assembler
from scons_tinyml.stages.lowering.thumb.registers import Register

_FILLED = 4
"""Words that a turn of the filling loop stores."""
_REGISTERS = 11
"""For values: the others are two pointers and a counter."""
_STORED = {1: "strb", 2: "strh", 4: "str"}
"""Store of a value of each channel, where those are side by side."""
_LARGEST_TURN = {1: 8, 2: 4, 4: 3}
"""Pairs that a turn copies, by channels: about 130 bytes of code."""


def emit_filling(asm: Assembler, planes: Register, walk: Walk, zero_point: int) -> None:
    """Fill the planes with the zero point: what is not copied over is padding."""
    turns, rest = divmod(walk.planes_bytes // WORD_BYTES, _FILLED)
    asm.comment(f"padding counts as zero: {walk.padding_text}")
    with asm.using("left", "end") as (counter, end), asm.using(*_names("fill", _FILLED)) as filling:
        asm("mov", end, planes)
        asm.constant(filling[0], walk.padding_word(zero_point))
        for register in filling[1:]:
            asm("mov", register, filling[0])
        if turns:
            with asm.loop("fill", turns, counter, align=LOOP_ALIGNMENT_BYTES):
                asm.store_multiple(end, filling)
        for register in filling[:rest]:
            asm("str", register, asm.after(end, WORD_BYTES))


def emit_copy_of_channels(asm: Assembler, source: Register, target: Register, walk: Walk) -> None:
    """Copy the channels at `source` into the planes, whose first interior value is at `target`. Both are lost."""
    rows, values = walk.across.copied, walk.along.copied
    if not rows or not values:
        return
    asm.comment(f"copy {walk.planes} of the channels into planes, {walk.text}")
    together = next(count for count in (3, 2, 1) if rows % count == 0 and (count * values < 10 or count == 1))
    copy = _Copy(asm, Cursor(asm, source), Cursor(asm, target), walk)
    with asm.loop("copied_row", rows // together, asm.slot("copied_rows")):
        copy.rows(together)


@dataclass(frozen=True)
class _Unit:
    """One or two neighbours of a run: offsets of the first one in the input and in the planes."""

    source_bytes: int
    target_bytes: int
    is_pair: bool


class _Copy:
    """Copies values; pointers are moved where offsets are too far."""

    def __init__(self, asm: Assembler, source: Cursor, target: Cursor, walk: Walk) -> None:
        self._asm, self._source, self._target, self._walk = asm, source, target, walk
        self._pairs = walk.lanes > 1

    def rows(self, count: int) -> None:
        """Copy `count` rows, and move both pointers behind them: the pairs of one row in a loop, or all at once."""
        walk, along = self._walk, self._walk.along
        lead = along.padding % 2
        pairs = (along.copied - lead) // 2
        turn = _turn(pairs, _LARGEST_TURN[walk.planes]) if count == 1 else pairs
        done = 0
        if turn < pairs:
            done = lead + 2 * turn * (pairs // turn)
            self._units(self._row(0, 0, lead))
            self._move(0, lead)
            with (
                self._asm.using("turns_left") as (counter,),
                self._asm.loop("copied", pairs // turn, counter, align=LOOP_ALIGNMENT_BYTES),
            ):
                step = 2 if self._pairs else 1
                values = range(0, 2 * turn, step)
                self._units([_Unit(*self._offsets(0, value), is_pair=self._pairs) for value in values])
                self._move(0, 2 * turn)
        self._units([unit for row in range(count) for unit in self._row(row, done, along.copied, done)])
        self._move(count, -done)

    def _row(self, row: int, first: int, end: int, origin: int = 0) -> list[_Unit]:
        """Return the values `first` to `end` of a row, with offsets from the value `origin` of row 0."""
        units = []
        value = first
        while value < end:
            is_pair = self._pairs and (value + self._walk.along.padding) % 2 == 0 and value + 1 < end
            units.append(_Unit(*self._offsets(row, value - origin), is_pair))
            value += 2 if is_pair else 1
        return units

    def _offsets(self, rows: int, values: int) -> tuple[int, int]:
        walk = self._walk
        return (
            rows * walk.across.input_pitch_bytes + values * walk.along.input_pitch_bytes,
            rows * walk.pitch_bytes + values * walk.lane_bytes,
        )

    def _move(self, rows: int, values: int) -> None:
        source_bytes, target_bytes = self._offsets(rows, values)
        self._source.restart(source_bytes)
        self._target.restart(target_bytes)

    def _units(self, units: Sequence[_Unit]) -> None:
        """Copy `units`, as many at a time as there are registers for: loads stand side by side."""
        needs = 1
        if self._pairs:
            needs = 4 if self._walk.planes == 4 else 2
        for first in range(0, len(units), _REGISTERS // needs):
            some = units[first : first + _REGISTERS // needs]
            with self._asm.using(*_names("value", needs * len(some))) as registers:
                held = [registers[needs * number : needs * (number + 1)] for number in range(len(some))]
                for unit, values in zip(some, held, strict=True):
                    self._load(unit, values)
                for unit, values in zip(some, held, strict=True):
                    if self._pairs:
                        _STORES[self._walk.planes, unit.is_pair](self, unit, values)
                    else:
                        self._store(_STORED[self._walk.planes], unit, 0, values[0])

    def _load(self, unit: _Unit, values: Sequence[Register]) -> None:
        """Load the channels of one or two pixels; a single pixel of two channels as two values."""
        planes, pitch = self._walk.planes, self._walk.along.input_pitch_bytes
        mnemonic = {1: "ldrsb", 2: "ldrh", 4: "ldr"}[planes]
        if not self._pairs:
            self._asm(mnemonic, values[0], self._source.at(unit.source_bytes))
            return
        if planes == 2 and not unit.is_pair:
            mnemonic, pitch = "ldrsb", 1
        for number in range(2 if unit.is_pair or planes == 2 else 1):
            self._asm(mnemonic, values[number], self._source.at(unit.source_bytes + number * pitch))

    def _store(self, mnemonic: str, unit: _Unit, plane: int, value: Register) -> None:
        place = unit.target_bytes + plane * self._walk.row_bytes
        self._asm(mnemonic, value, self._target.at(place))

    def _pair_of_one(self, unit: _Unit, values: Sequence[Register]) -> None:
        first, second = values
        self._asm("pkhbt", first, first, second, "lsl #16")
        self._store("str", unit, 0, first)

    def _single_of_one(self, unit: _Unit, values: Sequence[Register]) -> None:
        self._store("strh", unit, 0, values[0])

    def _pair_of_two(self, unit: _Unit, values: Sequence[Register]) -> None:
        asm, (first, second) = self._asm, values
        asm("pkhbt", first, first, second, "lsl #16")
        asm("sxtb16", second, first)
        asm("sxtb16", first, first, "ror #8")
        self._store("str", unit, 0, second)
        self._store("str", unit, 1, first)

    def _single_of_two(self, unit: _Unit, values: Sequence[Register]) -> None:
        for plane, value in enumerate(values):
            self._store("strh", unit, plane, value)

    def _pair_of_four(self, unit: _Unit, values: Sequence[Register]) -> None:
        asm, (first, second, third, fourth) = self._asm, values
        asm("pkhbt", third, first, second, "lsl #16")
        asm("pkhtb", fourth, second, first, "asr #16")
        asm("sxtb16", first, third)
        asm("sxtb16", second, third, "ror #8")
        asm("sxtb16", third, fourth)
        asm("sxtb16", fourth, fourth, "ror #8")
        for plane, value in enumerate(values):
            self._store("str", unit, plane, value)

    def _single_of_four(self, unit: _Unit, values: Sequence[Register]) -> None:
        asm, (quad, even, odd, _) = self._asm, values
        asm("sxtb16", even, quad)
        asm("sxtb16", odd, quad, "ror #8")
        for plane, value in enumerate((even, odd)):
            self._store("strh", unit, plane, value)
            asm("lsr", value, value, 16)
        for plane, value in enumerate((even, odd)):
            self._store("strh", unit, 2 + plane, value)


_STORES: dict[tuple[int, bool], Callable[[_Copy, _Unit, Sequence[Register]], None]] = {
    (1, True): _Copy._pair_of_one,
    (1, False): _Copy._single_of_one,
    (2, True): _Copy._pair_of_two,
    (2, False): _Copy._single_of_two,
    (4, True): _Copy._pair_of_four,
    (4, False): _Copy._single_of_four,
}
"""By channels, and whether there are two pixels."""


def _turn(pairs: int, largest: int) -> int:
    """Return the pairs of a turn: all if they are few, else the size that leaves the fewest over, large ones first."""
    if pairs <= largest + 1:
        return max(pairs, 1)
    return min(range(largest, largest // 2, -1), key=lambda size: pairs % size)


def _names(prefix: str, count: int) -> list[str]:
    return [f"{prefix}_{chr(ord('a') + number)}" for number in range(count)]
