"""Caches, and which region of memory an address is in: what the outcomes of events are found with."""

from __future__ import annotations

from typing import Any

from scons_tinyml.emulator.timing.native.calls import inlined, native
from scons_tinyml.emulator.timing.native.layout import HINTS, RAM


@native
def cache_find(cache: Any, sector: int) -> bool:
    """Whether `sector` (address >> sector_shift) is in the cache; marks its line as the one used last."""
    line = sector >> (cache.line_shift - cache.sector_shift)
    bit = 1 << (sector & ((1 << (cache.line_shift - cache.sector_shift)) - 1))
    slot = cache.hints[line & (HINTS - 1)]
    if cache.lines[slot] != line:
        slot = (line % cache.sets) * cache.ways
        last = slot + cache.ways
        while slot < last and cache.lines[slot] != line:
            slot += 1
        if slot == last:
            return False
        cache.hints[line & (HINTS - 1)] = slot
    if not cache.sectors[slot] & bit:
        return False
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
    cache.hints[line & (HINTS - 1)] = victim


@native
def region_of(state: Any, address: int) -> int:
    """Index of the memory region, -1 for devices and for nothing."""
    for index in range(state.region_count):
        if state.regions[index].start <= address < state.regions[index].end:
            return index
    return -1


@native
def enter_data_region(state: Any, address: int) -> None:
    """Make the region of `address` the one that is accessed; devices and nothing are a word of fast RAM."""
    index = region_of(state, address)
    if index < 0:
        state.data.start = address
        state.data.end = address + 4
        state.data.kind = RAM
        state.data.wait_states = 0
        return
    region = state.regions[index]
    state.data.start = region.start
    state.data.end = region.end
    state.data.kind = region.kind
    state.data.wait_states = region.wait_states


@inlined
def splits(address: int, width_bytes: int) -> int:
    """Further accesses that an unaligned one is split into."""
    misaligned = address & (width_bytes - 1)
    if not misaligned:
        return 0
    return 2 if width_bytes == 4 and misaligned & 1 else 1
