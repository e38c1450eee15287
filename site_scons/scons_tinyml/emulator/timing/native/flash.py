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
    observe,
)
from scons_tinyml.emulator.timing.native.layout import FIRST_WORD, LAST_WORD
from scons_tinyml.emulator.timing.native.off import applies

NO_LINE = -1
_LINE_BUFFER, _DATA_REGISTER = int(NativeRule.LINE_BUFFER), int(NativeRule.DATA_REGISTER)
_INSTRUCTION_CACHE, _DATA_CACHE = int(NativeRule.INSTRUCTION_CACHE), int(NativeRule.DATA_CACHE)
_PREFETCH, _PREFETCH_YIELDS = int(NativeRule.PREFETCH), int(NativeRule.PREFETCH_YIELDS)


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


@native
def start_prefetch(state: Any, micro: Any, line: int) -> None:
    """Read the next line as soon as the flash is free, unless the cache has it."""
    if observe(state, PROBE, line):
        return
    micro.prefetch_line = line
    micro.prefetch_start = micro.flash_free
    micro.flash_free += 1 + state.flash_wait_states


@inlined
def prefetch_after_last_word(state: Any, micro: Any, address: int, issue: int) -> None:
    """Read the line behind that of `address`, of which the last word may have been requested at `issue`."""
    line = (address + 4) >> state.line_shift
    if line == micro.fetch_line or line == micro.prefetch_line or not applies(state, _PREFETCH):
        return
    micro.flash_free = max(issue, int(micro.flash_free))
    start_prefetch(state, micro, line)


@native
def fetch_flash(state: Any, micro: Any, address: int, issue: int) -> int:
    """Return the cycle in which the word at `address`, requested at `issue`, can be decoded."""
    line = address >> state.line_shift
    if line == micro.fetch_line and applies(state, _LINE_BUFFER):
        if state.prefetch == LAST_WORD:
            prefetch_after_last_word(state, micro, address, issue)
        return max(issue + 1, int(micro.fetch_ready))
    lines_in_cache_line = 1 << (state.instruction_cache.line_shift - state.line_shift)
    goes_on = line == micro.fetch_line + 1 and line % lines_in_cache_line == 0
    micro.fetch_line = line
    if observe(state, LINE, line) and applies(state, _INSTRUCTION_CACHE):
        micro.fetch_ready = issue + 1 + (state.next_line_cycles if goes_on else 0)
        return int(micro.fetch_ready)
    if line == micro.prefetch_line:
        ready = max(issue + 1, int(micro.prefetch_start + 1 + state.flash_wait_states))
        micro.prefetch_line = NO_LINE
    else:
        ready = claim_flash(state, micro, issue) + 1 + int(state.flash_wait_states + state.miss_cycles)
    micro.fetch_ready = ready
    if state.prefetch == FIRST_WORD and applies(state, _PREFETCH):
        start_prefetch(state, micro, line + 1)
    if state.prefetch == LAST_WORD:
        prefetch_after_last_word(state, micro, address, issue)
    return ready


@native
def read_flash(state: Any, micro: Any, source: int, issue: int) -> int:
    """Return the cycle after the delivery of data requested at `issue`, by its `source`."""
    if source == REGISTER_HIT and applies(state, _DATA_REGISTER):
        return max(issue + 1, int(micro.register_ready))
    if source == CACHE_HIT and applies(state, _DATA_CACHE):
        return issue + 1
    pushed = int(micro.prefetch_line) if prefetch_yields(state, micro, issue) else NO_LINE
    ready = claim_flash(state, micro, issue) + 1 + int(state.flash_wait_states + state.miss_cycles)
    micro.register_ready = ready
    if pushed != NO_LINE:
        start_prefetch(state, micro, pushed)
    return ready
