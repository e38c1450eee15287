"""Data accesses of a Cortex-M7: tightly coupled memory, its level-1 data cache, or the memory behind.

DDI 0489 section 5.9: lines of 32 bytes. Reads allocate; writes allocate too where memory is write-back, which
RAM is by default (ARMv7-M ARM, B3.1). The replaced line of a set is not published; here it is the least
recently used one.
"""

from __future__ import annotations

from typing import Any

from scons_tinyml.emulator.timing.interface import NativeRule
from scons_tinyml.emulator.timing.native.caches import cache_access, enter_data_region, region_of
from scons_tinyml.emulator.timing.native.calls import inlined, native
from scons_tinyml.emulator.timing.native.layout import FLASH, TIGHT
from scons_tinyml.emulator.timing.native.off import applies

#: Outcomes: the source in the lowest bits, and bits for an unaligned access and for the second of two banks. REST:
#: a part of the line that the flash filled last, with the number of reads after the first that deliver it.
TIGHTLY, HIT, FROM_FLASH, FROM_RAM, FROM_DEVICE, REST = 0, 1, 2, 3, 4, 5
SOURCE, UNALIGNED, UPPER, WAITS_SHIFT = 7, 8, 16, 8
LINE_SHIFT, NO_LINE = 5, -1

_DATA_CACHE = int(NativeRule.DATA_CACHE)


@inlined
def reads_after(state: Any, part: int, first: int) -> int:
    """Return the number of reads of the flash between a part of a line and the `first` part that it delivers."""
    return int((part - first) & ((1 << LINE_SHIFT >> state.line_shift) - 1))


@inlined
def reads_behind(state: Any, address: int) -> int:
    """Return the reads that a word comes after the first of its line, if the flash filled that line last, else 0.

    The last of them is waited for once.
    """
    part, parts_shift = address >> state.line_shift, LINE_SHIFT - state.line_shift
    if parts_shift <= 0 or part >> parts_shift != state.register_line >> parts_shift:
        return 0
    reads = reads_after(state, part, state.register_line)
    if reads == (1 << parts_shift) - 1:
        state.register_line = NO_LINE
    return int(reads)


@native
def level1_source(state: Any, address: int) -> int:
    """Return the source of a word. Afterwards the data cache has its line."""
    if not state.data.start <= address < state.data.end:
        enter_data_region(state, address)
        if region_of(state, address) < 0:
            state.data.end = state.data.start  # to be looked up anew
            return FROM_DEVICE
    if state.data.kind == TIGHT:
        return TIGHTLY
    cache = state.data_cache
    if (
        cache.enabled
        and applies(state, _DATA_CACHE)
        and cache_access(cache, address >> cache.sector_shift, True)
    ):
        reads = reads_behind(state, address)
        return REST | reads << WAITS_SHIFT if reads else HIT
    if state.data.kind != FLASH:
        return FROM_RAM
    state.register_line = address >> state.line_shift
    return FROM_FLASH


@native
def level1_outcome(state: Any, address: int, width_bytes: int) -> int:
    """Return the outcome of an access."""
    outcome = level1_source(state, address)
    if outcome == FROM_RAM:
        outcome |= state.data.wait_states << WAITS_SHIFT
    if address & (width_bytes - 1):
        outcome |= UNALIGNED
    if address & 4:
        outcome |= UPPER
    return int(outcome)
