"""Caches and memory regions, which give the outcomes of events."""

from __future__ import annotations

from typing import Any

from scons_tinyml.emulator.timing.native.calls import inlined, native
from scons_tinyml.emulator.timing.native.layout import HINTS, RAM


@native
def cache_access(cache: Any, sector: int, fill: bool) -> bool:
    """Return whether `sector` (address >> sector_shift) is in the cache. Its line is then the last used one.

    With `fill` a missing sector is put there: a new line replaces the least recently used one of its set.
    """
    shift = cache.line_shift - cache.sector_shift
    line = sector >> shift
    bit = 1 << (sector & ((1 << shift) - 1))
    slot = cache.hints[line & (HINTS - 1)]
    if cache.lines[slot] != line:
        first = (line % cache.sets) * cache.ways if cache.sets > 1 else 0  # a division is slow
        slot = first
        for other in range(first, first + cache.ways):
            if cache.lines[other] == line:
                slot = other
                break
            if cache.used[other] < cache.used[slot]:
                slot = other
    known = cache.lines[slot] == line
    hit = known and cache.sectors[slot] & bit != 0
    if hit or fill:
        cache.hints[line & (HINTS - 1)] = slot
        cache.clock += 1
        cache.used[slot] = cache.clock
    if fill and not hit:
        cache.sectors[slot] = cache.sectors[slot] | bit if known else bit
        cache.lines[slot] = line
    return bool(hit)


@native
def region_of(state: Any, address: int) -> int:
    """Return the index of the memory region, -1 for devices and for nothing."""
    for index in range(state.region_count):
        if state.regions[index].start <= address < state.regions[index].end:
            return index
    return -1


@native
def enter_data_region(state: Any, address: int) -> None:
    """Make the region of `address` the accessed one. Devices and nothing count as a word of fast RAM."""
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
    """Return the number of further accesses that an unaligned one is split into."""
    misaligned = address & (width_bytes - 1)
    if not misaligned:
        return 0
    return 2 if width_bytes == 4 and misaligned & 1 else 1
