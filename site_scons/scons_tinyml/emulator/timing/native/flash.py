"""The flash of a board: line by line, prefetch buffer, instruction and data cache, one read at a time.

All times are cycles since reset. A read whose bus cycle is `issue` delivers at `issue + 1` when nothing has to wait.
How wait states, prefetch and caches of STM32 parts act together: RM0351 (STM32L4) section 3.3.4, RM0038 (STM32L1)
section 3.3.3. Which cache is there and how large comes from the board.
"""

from __future__ import annotations

from typing import Any

from scons_tinyml.emulator.timing.native.calls import inlined, native

NO_LINE = -1


@native
def cache_find(cache: Any, sector: int) -> bool:
    """Whether `sector` (address >> sector_shift) is in the cache; marks its line as the one used last."""
    line = sector >> (cache.line_shift - cache.sector_shift)
    bit = 1 << (sector & ((1 << (cache.line_shift - cache.sector_shift)) - 1))
    slot = cache.recent
    if cache.lines[slot] != line:
        slot = (line % cache.sets) * cache.ways
        last = slot + cache.ways
        while slot < last and cache.lines[slot] != line:
            slot += 1
        if slot == last:
            return False
    if not cache.sectors[slot] & bit:
        return False
    cache.recent = slot
    cache.clock += 1
    cache.used[slot] = cache.clock
    return True


@native
def cache_fill(cache: Any, sector: int) -> None:
    """Put a sector into its line; a new line replaces the least recently used one of its set."""
    line = sector >> (cache.line_shift - cache.sector_shift)
    bit = 1 << (sector & ((1 << (cache.line_shift - cache.sector_shift)) - 1))
    first = (line % cache.sets) * cache.ways
    victim = first
    for slot in range(first, first + cache.ways):
        if cache.lines[slot] == line:
            victim = slot
            break
        if cache.used[slot] < cache.used[victim]:
            victim = slot
    if cache.lines[victim] != line:
        cache.lines[victim] = line
        cache.sectors[victim] = 0
    cache.sectors[victim] |= bit
    cache.clock += 1
    cache.used[victim] = cache.clock
    cache.recent = victim


@inlined
def claim_flash(state: Any, when: int) -> int:
    """The cycle in which a read that is wanted at `when` can start: a prefetch that has not started gives way."""
    if state.prefetch_line != NO_LINE and state.prefetch_start > when:
        state.flash_free = state.prefetch_start
        state.prefetch_line = NO_LINE
    begin = max(when, int(state.flash_free))
    state.flash_free = begin + 1 + state.wait_states
    return begin


@native
def start_prefetch(state: Any, line: int) -> None:
    """Read the next line as soon as the flash is free, unless the cache has it."""
    cache = state.instruction_cache
    if cache.enabled and cache_find(cache, line):
        return
    state.prefetch_line = line
    state.prefetch_start = state.flash_free
    state.flash_free += 1 + state.wait_states


@native
def fetch_flash(state: Any, address: int, issue: int) -> int:
    """Cycle in which the word at `address`, asked for at `issue`, can be decoded. Its line is not `fetch_line`."""
    line = address >> state.line_shift
    cache = state.instruction_cache
    if cache.enabled and cache_find(cache, line):
        state.fetch_line = line
        state.fetch_ready = issue + 1
        return issue + 1
    if line == state.prefetch_line:
        ready = max(issue + 1, int(state.prefetch_start + 1 + state.wait_states))
        state.prefetch_line = NO_LINE
    else:
        ready = claim_flash(state, issue) + 1 + int(state.wait_states)
    state.fetch_line = line
    state.fetch_ready = ready
    if cache.enabled:
        cache_fill(cache, line)
    if state.prefetch:
        start_prefetch(state, line + 1)
    return ready


@native
def read_flash(state: Any, address: int, issue: int) -> int:
    """Cycle after the one that delivers data from `address`, asked for at `issue` on the data bus."""
    wide = address >> state.register_shift
    if wide == state.register_line:
        return max(issue + 1, int(state.register_ready))
    cache = state.data_cache
    line = address >> state.line_shift
    if cache.enabled and cache_find(cache, line):
        return issue + 1
    pushed = NO_LINE
    if state.prefetch_line != NO_LINE and state.prefetch_start > issue:
        pushed = state.prefetch_line
    ready = claim_flash(state, issue) + 1 + int(state.wait_states)
    state.register_line = wide
    state.register_ready = ready
    if cache.enabled:
        cache_fill(cache, line)
    if pushed != NO_LINE:
        start_prefetch(state, pushed)
    return ready
