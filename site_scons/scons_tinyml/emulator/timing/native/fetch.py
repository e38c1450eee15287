"""Fetch unit of the in-order cores: a queue of words ahead of execution, and the bus that fills it."""

from __future__ import annotations

from typing import Any

from scons_tinyml.emulator.timing.interface import Bus, NativeRule
from scons_tinyml.emulator.timing.native.calls import inlined, native
from scons_tinyml.emulator.timing.native.flash import fetch_flash
from scons_tinyml.emulator.timing.native.layout import FLASH, HORIZON_CYCLES, SYSTEM_BUS
from scons_tinyml.emulator.timing.native.off import applies

RING = 7
_ALL_DATA, _FLASH_DATA = int(Bus.ALL_DATA), int(Bus.FLASH_DATA)
_RUN_AHEAD = int(NativeRule.RUN_AHEAD)


@inlined
def next_issue(state: Any, micro: Any) -> int:
    """Return the cycle in which the next word can be requested: the bus is free and the queue has room."""
    return max(int(micro.next_issue), int(micro.taken[(micro.next_word - state.queue_words) & RING]) + 1)


@native
def fetch_word(state: Any, micro: Any) -> None:
    """Request the next word of code, and store the cycle in which it can be decoded."""
    issue = next_issue(state, micro)
    if state.code.kind == FLASH:
        ready = fetch_flash(state, micro, micro.next_word << 2, issue)
    else:
        over_system_bus = state.system_bus_fetch if state.code.start >= SYSTEM_BUS else 0
        ready = max(issue, micro.data_free - 1) + 1 + over_system_bus + state.code.wait_states
    micro.ready[micro.next_word & RING] = ready
    micro.next_issue = ready
    micro.next_word += 1


@inlined
def has_time(state: Any, micro: Any, oldest: int, until: int) -> bool:
    """Return whether the next word fits behind word `oldest`, and can be requested before cycle `until`."""
    return bool(micro.next_word < oldest + state.queue_words and next_issue(state, micro) < until)


@native
def run_ahead(state: Any, micro: Any, oldest: int, until: int) -> None:
    """Fetch words while execution is busy."""
    while applies(state, _RUN_AHEAD) and has_time(state, micro, oldest, until):
        fetch_word(state, micro)


@inlined
def fetch_up_to(state: Any, micro: Any, last: int) -> None:
    """Fetch until word `last` is in the queue."""
    if not applies(state, _RUN_AHEAD):
        micro.next_issue = max(int(micro.next_issue), int(micro.now) - 1)
    while micro.next_word <= last:
        fetch_word(state, micro)


@inlined
def take(micro: Any, address: int, after: int, ready: int) -> None:
    """Let words leave the queue that an instruction was the last to need."""
    if after >> 2 > address >> 2:
        micro.taken[(address >> 2) & RING] = max(ready, int(micro.start))


@native
def catch_up(state: Any, micro: Any) -> None:
    """Fetch the words that are requested before the next instruction could jump."""
    run_ahead(state, micro, (micro.expected - 1) >> 2, micro.now - 1 + micro.refill)


@native
def jump(state: Any, micro: Any, target: int) -> None:
    """Empty the queue and request the target of a taken branch."""
    issue = micro.now - 1 + micro.refill
    catch_up(state, micro)
    micro.next_issue = max(issue, micro.next_issue)
    micro.next_word = target >> 2
    for slot in range(RING + 1):
        micro.taken[slot] = issue - 1


@native
def forget_old_words(state: Any, micro: Any) -> None:
    """Clear times of words that have left the queue or leave no room in it: they make no difference."""
    for number in range(micro.next_word - RING - 1, micro.next_word):
        if number < micro.expected >> 2:
            micro.ready[number & RING] = -HORIZON_CYCLES
        if number < micro.next_word - state.queue_words:
            micro.taken[number & RING] = -HORIZON_CYCLES


@inlined
def shares_bus(state: Any, from_flash: bool) -> bool:
    """Return whether a data access is in the way of fetches."""
    return bool(state.shared_bus == _ALL_DATA or (from_flash and state.shared_bus == _FLASH_DATA))
