"""Cycles of loads, stores and divisions on the in-order cores, by the outcomes of their events."""

from __future__ import annotations

from typing import Any

from scons_tinyml.emulator.timing.interface import NativeRule, Rule
from scons_tinyml.emulator.timing.native.calls import native
from scons_tinyml.emulator.timing.native.events import (
    EQUAL_LENGTHS,
    RAM_DATA,
    SOURCE,
    SPLITS_SHIFT,
    TIGHTLY,
    WAITS,
    WAITS_SHIFT,
    next_operand,
    operand_done,
    word_of_operand,
)
from scons_tinyml.emulator.timing.native.flash import read_flash
from scons_tinyml.emulator.timing.native.off import applies

LOAD, STORE = 1, 2
_DIVIDE, _DIVIDE_BY_LENGTH = int(Rule.DIVIDE), int(Rule.DIVIDE_BY_LENGTH)
_ONLY_WAITS = 1 << RAM_DATA | 1 << TIGHTLY  # sources of data, as a bit mask
_EARLY_END, _SPLIT_ACCESS = int(NativeRule.EARLY_END), int(NativeRule.SPLIT_ACCESS)


@native
def operand_cycles(state: Any, row: Any) -> int:
    """Return the cycles of a division or long multiply, by the values of its operands."""
    outcome = next_operand(state)
    if not applies(state, _EARLY_END):
        return int(row.long_cycles)
    if row.rule == _DIVIDE:
        return min(int(row.long_cycles), int(row.cycles) + 2 + outcome // 4) if outcome else int(row.cycles)
    if row.rule == _DIVIDE_BY_LENGTH and outcome >= EQUAL_LENGTHS:
        return int(row.cycles) + 3 + (outcome - EQUAL_LENGTHS) // 4
    return int(row.cycles) + outcome


@native
def memory_stall(state: Any, micro: Any, row: Any, start: int, outcome: int) -> int:
    """Return the cycles that the data bus adds to a load, or to the instructions after a store.

    `outcome` is that of its first word.
    """
    issue = start + 1
    end = issue + row.words
    stall = 0
    state.from_flash = 0
    if row.addressed:
        source = outcome & SOURCE
        if row.memory == LOAD and applies(state, _SPLIT_ACCESS):
            stall = outcome >> SPLITS_SHIFT & 3
        if _ONLY_WAITS >> source & 1:
            stall += (outcome >> WAITS_SHIFT & WAITS) * row.words
        else:
            state.from_flash = 1
            done = read_flash(state, micro, source, issue)
            for word in range(1, row.words):
                done = read_flash(state, micro, word_of_operand(state, word) & SOURCE, done)
            stall += done - end
        operand_done(state, row.words)
    micro.data_free = end + stall
    return stall
