"""Planes of a depthwise layer: filled with the zero point once, then one channel after the other is copied into them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from _blocks import LOOP_ALIGNMENT_BYTES
from _pool import Cursor
from _product import WORD_BYTES
from _walk import LANE_BYTES, Walk

from scons_tinyml.stages.lowering.thumb.assembler import Assembler
from scons_tinyml.stages.lowering.thumb.registers import Register

_FILLED = 4
"""Words that a turn of the filling loop stores."""
_TOGETHER = 8
"""Values that are loaded side by side."""
_MOST = _TOGETHER + 2
"""With those before and behind the pairs."""


def emit_filling(asm: Assembler, plane: Register, walk: Walk, zero_point: int) -> None:
    """Fill the plane at `plane` with the zero point: what is not copied over is padding."""
    words = walk.plane_bytes // WORD_BYTES
    turns, rest = divmod(words, _FILLED)
    asm.comment("padding counts as zero: two lanes of the zero point")
    with asm.using("left", "end") as (counter, end), asm.using(*_names("fill", _FILLED)) as filling:
        asm("mov", end, plane)
        asm.constant(filling[0], (zero_point % 2**16) * 0x0001_0001)
        for register in filling[1:]:
            asm("mov", register, filling[0])
        if turns:
            with asm.loop("fill", turns, counter, align=LOOP_ALIGNMENT_BYTES):
                asm.store_multiple(end, filling)
        for register in filling[:rest]:
            asm("str", register, asm.after(end, WORD_BYTES))


def emit_copy_of_channel(
    asm: Assembler, source: Register, plane: Register, walk: Walk, batches: int
) -> None:
    """Copy a channel at `source` into the interior at `plane`; both pointers are lost. `batches` are in a turn."""
    rows, values = walk.across.copied, walk.along.copied
    if not rows or not values:
        return
    asm.comment("copy a channel into the plane, two neighbours of a run a word")
    at_once = next(count for count in (3, 2, 1) if rows % count == 0 and count * values <= _MOST or count == 1)
    counter = asm.slot("copied_rows")
    with asm.loop("copied_row", rows // at_once, counter):
        _emit_rows(asm, source, plane, walk, batches, at_once)


def _emit_rows(
    asm: Assembler, source: Register, plane: Register, walk: Walk, batches: int, rows: int
) -> None:
    """Copy `rows` rows, and move both pointers to the next."""
    along = walk.along
    pitch, values = along.input_pitch_bytes, along.copied
    lead = along.padding % 2
    turn = _TOGETHER * batches
    turns = (values - lead) // turn if values > _MOST else 0
    copy = _Copy(asm, Cursor(asm, source), Cursor(asm, plane))
    done = 0
    if turns > 1:
        done = lead + turns * turn
        copy.emit([_Value(0, 0, opens_word=False)][:lead])
        copy.restart(lead * pitch, lead * LANE_BYTES)
        with (
            asm.using("turns_left") as (counter,),
            asm.loop("copied", turns, counter, align=LOOP_ALIGNMENT_BYTES),
        ):
            for first in range(0, turn, _TOGETHER):
                numbers = range(first, first + _TOGETHER)
                copy.emit([_Value(n * pitch, n * LANE_BYTES, opens_word=n % 2 == 0) for n in numbers])
            copy.restart(turn * pitch, turn * LANE_BYTES)
    left = [
        _Value(
            row * walk.across.input_pitch_bytes + (n - done) * pitch,
            row * walk.row_bytes + (n - done) * LANE_BYTES,
            opens_word=(n + lead) % 2 == 0,
        )
        for row in range(rows)
        for n in range(done, values)
    ]
    while left:
        count = len(left) if len(left) <= _MOST else _TOGETHER + (not left[0].opens_word)
        copy.emit(left[:count])
        left = left[count:]
    copy.restart(rows * walk.across.input_pitch_bytes - done * pitch, rows * walk.row_bytes - done * LANE_BYTES)


@dataclass(frozen=True)
class _Value:
    """A value of the input and its place in the plane, both as offsets."""

    source_bytes: int
    plane_bytes: int
    opens_word: bool
    """True for the lower half of a word."""


class _Copy:
    """Copies values; pointers are moved where offsets are too far."""

    def __init__(self, asm: Assembler, source: Cursor, plane: Cursor) -> None:
        self._asm = asm
        self._source = source
        self._plane = plane

    def emit(self, values: Sequence[_Value]) -> None:
        """Load `values`, and store them by words where two of them are one."""
        asm = self._asm
        with asm.using(*_names("value", len(values))) as registers:
            for value, register in zip(values, registers, strict=True):
                asm("ldrsb", register, self._source.at(value.source_bytes))
            number = 0
            while number < len(values):
                value, register = values[number], registers[number]
                following = values[number + 1] if number + 1 < len(values) else None
                place = value.plane_bytes + LANE_BYTES
                if value.opens_word and following is not None and following.plane_bytes == place:
                    asm("pkhbt", register, register, registers[number + 1], "lsl #16")
                    asm("str", register, self._plane.at(value.plane_bytes))
                    number += 2
                else:
                    asm("strh", register, self._plane.at(value.plane_bytes))
                    number += 1

    def restart(self, source_bytes: int, plane_bytes: int) -> None:
        """Move both pointers, from where offsets count then."""
        self._source.restart(source_bytes)
        self._plane.restart(plane_bytes)


def _names(prefix: str, count: int) -> list[str]:
    return [f"{prefix}_{chr(ord('a') + number)}" for number in range(count)]
