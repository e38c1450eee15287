"""Weights of a group of channels, transformed at run time from int8 weights into scratch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from _blocks import LOOP_ALIGNMENT_BYTES
from _winograd import FILTER, INPUT_OFFSET, QUAD, TAPS, WINDOW, WORD_BYTES
from _winograd_copies import emit_spread
from _winograd_image import Schedule
from _winograd_transforms import LOWER_BYTES, emit_weights

from scons_tinyml.stages.lowering.thumb.assembler import Assembler, Slot
from scons_tinyml.stages.lowering.thumb.registers import Register

_BOTH_LANES = 0x0001_0001


def emit_made_weights(asm: Assembler, schedule: Schedule, slots: Mapping[str, Slot]) -> None:
    """Write the transformed weights of the group whose bytes the slot `stream` points to."""
    taps = asm.take_all("tap0", "tap1", "tap2")
    results = asm.take_all(*(f"out{number}" for number in range(WINDOW)))
    with asm.using("bytes", "target", "rows", "left", "spare") as registers:
        source, target, rows, left, spare = registers
        asm.load(source, slots["stream"])
        asm.load(target, slots["group"])
        with asm.loop("made_channel", schedule.block_channels, slots["channels"], spare):
            with asm.loop("made_quad", schedule.filters.quads, slots["quads"], spare):
                for half in range(2):
                    _emit_columns(asm, schedule, slots, half, taps, results, (source, rows, left, spare))
                    _emit_rows(asm, schedule, half, taps, results, (target, rows, left))
                asm.add_constant(source, QUAD * (TAPS - FILTER))
            asm.add_constant(target, WORD_BYTES - schedule.weight_position_bytes)
    asm.release(*taps, *results)


def _emit_columns(
    asm: Assembler,
    schedule: Schedule,
    slots: Mapping[str, Slot],
    half: int,
    taps: Sequence[Register],
    results: Sequence[Register],
    others: Sequence[Register],
) -> None:
    """Transform the columns of a filter for two input channels: [6][3] words."""
    source, rows, left, spare = others
    asm.load(rows, slots["scratch"])
    asm.add_constant(rows, schedule.columns)
    with asm.loop(f"made_columns_{half}", FILTER, left, align=LOOP_ALIGNMENT_BYTES):
        asm.comment("weights of two channels, from bytes of w + 128")
        for row, tap in enumerate(taps):
            asm("ldr", tap, asm.at(source, QUAD * FILTER * row))
        asm.constant(spare, INPUT_OFFSET * _BOTH_LANES)
        for tap in taps:
            if asm.dsp:
                asm("uxtb16", tap, tap, *(["ror #8"] if half else []))
                continue
            if half:
                asm("lsr", tap, tap, 8)
            asm("and", tap, tap, LOWER_BYTES)
        for tap in taps:
            asm("sub", tap, tap, spare)
        emit_weights(asm, taps, results, halves=False)
        for row, result in enumerate(results):
            asm("str", result, asm.at(rows, WORD_BYTES * FILTER * row))
        asm.add_constant(rows, WORD_BYTES)
        asm.add_constant(source, QUAD)
    if half == 0:
        asm.add_constant(source, -QUAD * FILTER)


def _emit_rows(
    asm: Assembler,
    schedule: Schedule,
    half: int,
    taps: Sequence[Register],
    results: Sequence[Register],
    others: Sequence[Register],
) -> None:
    """Transform the six rows, and store them; `target` goes on to the next pair of channels."""
    target, rows, left = others
    asm.add_constant(rows, -WORD_BYTES * FILTER)
    with asm.loop(f"made_rows_{half}", WINDOW, left, align=LOOP_ALIGNMENT_BYTES):
        asm.load_multiple(rows, taps)
        emit_weights(asm, taps, results, halves=True)
        emit_spread(asm, results, target, schedule.weight_position_bytes)
    asm.add_constant(target, WORD_BYTES * schedule.block_channels - schedule.weight_bytes)
