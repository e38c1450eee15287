"""Waits of Cortex-M7 accesses for lines over AXI to its level-1 caches, and for room in its store buffer.

DDI 0489 section 5.9: the needed word comes first, and the rest of its line behind it while execution goes on.
"""

from __future__ import annotations

from typing import Any

from scons_tinyml.emulator.timing.interface import NativeRule
from scons_tinyml.emulator.timing.native.access import STORE
from scons_tinyml.emulator.timing.native.calls import inlined, native
from scons_tinyml.emulator.timing.native.events import LINE, observe, operand_done, word_of_operand
from scons_tinyml.emulator.timing.native.l1 import (
    FROM_DEVICE,
    FROM_FLASH,
    FROM_RAM,
    LINE_SHIFT,
    NO_LINE,
    REST,
    SOURCE,
    TIGHTLY,
    UNALIGNED,
    UPPER,
    WAITS_SHIFT,
    reads_after,
)
from scons_tinyml.emulator.timing.native.layout import FLASH, STORE_BUFFER
from scons_tinyml.emulator.timing.native.off import applies

#: Parts of a line over AXI, which is 64 bits wide, one a cycle.
BEATS = 4
#: Cycles of a line on top of the wait states of its memory: through the cache, AXI and the bus matrix, and
#: back. Fitted on the fully connected network of STM32F746 and STM32H7A3, whose weights are read from the
#: flash once.
AXI_CYCLES = 6
#: Assumed: a device answers through two bus bridges.
DEVICE_CYCLES = 8
#: jnk0le: cycles of an unaligned load as the older and as the younger of a pair, and of an unaligned store in
#: the store buffer.
UNALIGNED_OLDER, UNALIGNED_YOUNGER, UNALIGNED_STORE = 3, 4, 3
#: Entry of `units`: first cycle in which RAM can be read over AXI.
RAM_PORT = 1

_SPLIT_ACCESS, _WRITE_BUFFER = int(NativeRule.SPLIT_ACCESS), int(NativeRule.WRITE_BUFFER)


@inlined
def reads_of_a_line(state: Any) -> int:
    """Return the number of reads of the flash that fill a line."""
    return int(max(1, 1 << LINE_SHIFT >> state.line_shift))


@native
def line_from_flash(state: Any, micro: Any, when: int) -> int:
    """Return the cycle in which the first part of a line, requested at `when`, arrives.

    One read delivers a part, and the next begins when its beats have left.
    """
    begin = max(when, int(micro.flash_free))
    micro.flash_free = begin + reads_of_a_line(state) * state.flash_wait_states + BEATS
    return begin + AXI_CYCLES + int(state.flash_wait_states)


@inlined
def last_part(state: Any, micro: Any) -> int:
    """Return the cycle in which the last part of the line that the flash reads last arrives."""
    return int(micro.flash_free) + AXI_CYCLES - BEATS // reads_of_a_line(state)


@inlined
def part_ready(state: Any, last: int, reads: int) -> int:
    """Return the cycle in which a part of a line arrives, `reads` reads after its first. Its last arrives in `last`."""
    each = int(state.flash_wait_states) + BEATS // reads_of_a_line(state)
    return last - (reads_of_a_line(state) - 1 - reads) * each


@native
def line_from_ram(micro: Any, when: int, waits: int) -> int:
    """Return the cycle in which a line of RAM, requested at `when`, begins to arrive."""
    begin = max(when, int(micro.units[RAM_PORT]))
    micro.units[RAM_PORT] = begin + BEATS * (1 + waits)
    return begin + AXI_CYCLES + waits


@native
def fetch_line(state: Any, micro: Any, address: int, when: int) -> int:
    """Return the cycle in which the block of code at `address` arrives.

    The cache would deliver it at `when`.
    """
    line, part = address >> LINE_SHIFT, address >> state.line_shift
    if line == micro.fetch_line:
        if micro.fetch_part == NO_LINE or part == micro.fetch_part:
            return when
        reads = reads_after(state, part, int(micro.fetch_part))
        return max(when, part_ready(state, int(micro.fetch_ready), reads))
    micro.fetch_line = line
    micro.fetch_part = NO_LINE
    if observe(state, LINE, line):
        return when
    if state.code.kind != FLASH:
        return line_from_ram(micro, when, int(state.code.wait_states))
    ready = line_from_flash(state, micro, when)
    micro.fetch_part = part
    micro.fetch_ready = last_part(state, micro)
    return ready


@native
def arrival(state: Any, micro: Any, outcome: int, when: int) -> int:
    """Return the cycle of arrival of data that the data cache would deliver at `when`."""
    source = outcome & SOURCE
    if source == FROM_FLASH:
        ready = line_from_flash(state, micro, when)
        micro.register_ready = last_part(state, micro)
        return ready
    if source == REST:
        return max(when, part_ready(state, int(micro.register_ready), outcome >> WAITS_SHIFT))
    if source == FROM_RAM:
        return line_from_ram(micro, when, outcome >> WAITS_SHIFT)
    return when + DEVICE_CYCLES if source == FROM_DEVICE else when


@native
def buffer_store(state: Any, micro: Any, words: int, when: int) -> int:
    """Put a store into the store buffer, 64 bits an entry.

    Return the cycle in which the last of it has found room. Entries leave in order, one a cycle, when the
    data cache has their line.
    """
    room = when
    first = word_of_operand(state, 0)
    for word in range(words):
        outcome = first if first & SOURCE == TIGHTLY else word_of_operand(state, word)
        done = arrival(state, micro, outcome, max(room, int(micro.stores[STORE_BUFFER - 1])))
        if word & 1:
            micro.stores[STORE_BUFFER - 1] = done
            continue
        room = max(room, int(micro.stores[0]))
        for entry in range(STORE_BUFFER - 1):
            micro.stores[entry] = micro.stores[entry + 1]
        micro.stores[STORE_BUFFER - 1] = max(room, done) + 1 + (UNALIGNED_STORE if first & UNALIGNED else 0)
    return room if applies(state, _WRITE_BUFFER) else int(micro.stores[STORE_BUFFER - 1])


@native
def load(state: Any, micro: Any, words: int, when: int, young: bool) -> int:
    """Return the cycle in which the last word of a load arrives."""
    first = word_of_operand(state, 0)
    if first & SOURCE != TIGHTLY:
        for word in range(words):
            when = arrival(state, micro, word_of_operand(state, word), when)
    if first & UNALIGNED and applies(state, _SPLIT_ACCESS):
        when += UNALIGNED_YOUNGER if young else UNALIGNED_OLDER
    return when


@native
def access_stall(state: Any, micro: Any, row: Any, start: int, young: bool) -> int:
    """Return the cycles that a load waits for its data, or a store for room in the store buffer."""
    when = start + 1
    words = int(row.words)
    store = row.memory == STORE
    done = buffer_store(state, micro, words, when) if store else load(state, micro, words, when, young)
    if store and words & 1 == 0 and word_of_operand(state, 0) & UPPER:
        done += 1
    operand_done(state, words)
    return done - when
