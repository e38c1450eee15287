"""Timing of a board's flash: line by line, prefetch buffer, instruction and data cache, one read at a time.

A read whose bus cycle is `issue` delivers at `issue + 1` when nothing has to wait. Wait states, prefetch and
caches act together as in STM32 parts: RM0351 (STM32L4) section 3.3.4, RM0038 (STM32L1) section 3.3.3. The
caches and their sizes come from the board.
"""

from __future__ import annotations

from typing import Any

from scons_tinyml.emulator.timing.interface import NativeRule
from scons_tinyml.emulator.timing.native.calls import inlined, native
from scons_tinyml.emulator.timing.native.events import (
    CACHE_HIT,
    LINE,
    PROBE,
    REGISTER_HIT,
    SEQUEL,
    observe,
)
from scons_tinyml.emulator.timing.native.off import applies

#: Instead of the number of a line: none, and the one behind the data that missed last.
NO_LINE, SEQUEL_LINE = -1, -2
_LINE_BUFFER, _DATA_REGISTER = int(NativeRule.LINE_BUFFER), int(NativeRule.DATA_REGISTER)
_INSTRUCTION_CACHE, _DATA_CACHE = int(NativeRule.INSTRUCTION_CACHE), int(NativeRule.DATA_CACHE)
_PREFETCH, _PREFETCH_YIELDS = int(NativeRule.PREFETCH), int(NativeRule.PREFETCH_YIELDS)
_PREFETCH_DATA = int(NativeRule.PREFETCH_DATA)


@inlined
def prefetch_yields(state: Any, micro: Any, when: int) -> bool:
    """Return whether there is a prefetch that gives way to a read wanted at `when`."""
    waiting = micro.prefetch_line != NO_LINE and micro.prefetch_start > when - state.data_first
    return bool(waiting and applies(state, _PREFETCH_YIELDS))


@native
def claim_flash(state: Any, micro: Any, when: int) -> int:
    """Return the start cycle of a read wanted at `when`. A prefetch that has not started gives way."""
    if prefetch_yields(state, micro, when):
        micro.flash_free = micro.prefetch_start
        micro.prefetch_line = NO_LINE
    begin = max(when, int(micro.flash_free))
    micro.flash_free = begin + 1 + state.flash_wait_states
    return begin


@inlined
def read_line(state: Any, micro: Any, when: int) -> int:
    """Return the cycle after the delivery of a read wanted at `when` that nothing in front of the flash answers."""
    return claim_flash(state, micro, when) + 1 + int(state.flash_wait_states + state.miss_cycles)


@native
def start_prefetch(state: Any, micro: Any, line: int, entered: int) -> None:
    """Read a line ahead as soon as the flash is free, unless the cache has it.

    `entered` is the cycle in which the first word of the line before was requested.
    """
    if observe(state, PROBE, line):
        return
    micro.prefetch_line = line
    earliest = entered if state.prefetches_on_entry else int(micro.flash_free)
    micro.prefetch_start = max(int(micro.flash_free), earliest)
    micro.flash_free = micro.prefetch_start + 1 + state.flash_wait_states


@inlined
def enters_cache_line(state: Any, line: int, before: int) -> bool:
    """Return whether code goes on from the line `before` of the flash into the next line of its cache."""
    lines = 1 << (state.instruction_cache.line_shift - state.line_shift)
    return bool(line == before + 1 and line & (lines - 1) == 0)


@native
def fetch_flash(state: Any, micro: Any, address: int, issue: int) -> int:
    """Return the cycle in which the word at `address`, requested at `issue`, can be decoded."""
    line = address >> state.line_shift
    if line == micro.fetch_line and applies(state, _LINE_BUFFER):
        return max(issue + 1, int(micro.fetch_ready))
    before, micro.fetch_line = int(micro.fetch_line), line
    if observe(state, LINE, line) and applies(state, _INSTRUCTION_CACHE):
        late = state.next_line_cycles if enters_cache_line(state, line, before) else 0
        micro.fetch_ready = issue + 1 + late
        return int(micro.fetch_ready)
    if line == micro.prefetch_line:
        ready = max(issue + 1, int(micro.prefetch_start + 1 + state.flash_wait_states))
        micro.prefetch_line = NO_LINE
    else:
        ready = read_line(state, micro, issue)
    micro.fetch_ready = ready
    if state.prefetch and applies(state, _PREFETCH):
        start_prefetch(state, micro, line + 1, issue)
    return ready


@native
def prefetch_sequel(state: Any, micro: Any) -> None:
    """Read the line behind that of the data when the flash is free. One buffer holds it or code."""
    micro.prefetch_line = SEQUEL_LINE
    micro.prefetch_start = micro.flash_free
    micro.flash_free += 1 + state.flash_wait_states


@native
def read_through_cache(state: Any, micro: Any, source: int, issue: int) -> int:
    """Return the cycle after the delivery of data that a cache of code and data misses.

    The flash does not know which of the two it reads, so it prefetches behind both.
    """
    if not state.prefetch or not applies(state, _PREFETCH_DATA):
        return read_line(state, micro, issue)
    if source == SEQUEL and micro.prefetch_line == SEQUEL_LINE:
        there = int(micro.prefetch_start + 1 + state.flash_wait_states)
        ready = max(issue + 1, there) + int(state.miss_cycles)
        micro.flash_free = max(int(micro.flash_free), issue + 1)
    else:
        ready = read_line(state, micro, issue)
    prefetch_sequel(state, micro)
    return ready


@native
def read_flash(state: Any, micro: Any, source: int, issue: int) -> int:
    """Return the cycle after the delivery of data requested at `issue`, by its `source`."""
    if source == REGISTER_HIT and applies(state, _DATA_REGISTER):
        return max(issue + 1, int(micro.register_ready))
    if source == CACHE_HIT and applies(state, _DATA_CACHE):
        return issue + 1
    if state.unified:
        micro.register_ready = read_through_cache(state, micro, source, issue)
        return int(micro.register_ready)
    pushed = int(micro.prefetch_line) if prefetch_yields(state, micro, issue) else NO_LINE
    ready = read_line(state, micro, issue)
    micro.register_ready = ready
    if pushed != NO_LINE:
        start_prefetch(state, micro, pushed, issue)
    return ready
