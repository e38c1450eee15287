"""Counter of instructions that runs at every block when there is no timing."""

from __future__ import annotations

from typing import Any

import numpy as np

from scons_tinyml.emulator.instruction import FIRST_OF_WIDE
from scons_tinyml.emulator.timing.native.calls import call, native
from scons_tinyml.emulator.timing.native.hooks import enter_region
from scons_tinyml.emulator.timing.native.host import host_acts
from scons_tinyml.emulator.timing.native.memory import load, store


@native
def count_block(state: Any, address: int, size_bytes: int) -> int:
    """Return the number of instructions in a block of code, from its bytes.

    The table of traces caches it as count << 16 | size.
    """
    if not state.code.start <= address < state.code.end and not enter_region(state, address):
        return 0
    position = (address - state.code.start) >> 1
    known = load(np.int32, state.code.traces, position)
    if known & 0xFFFF == size_bytes:
        return int(known >> 16)
    end = position + (size_bytes >> 1)
    count = 0
    here = position
    while here < end:
        here += 2 if load(np.uint16, state.code.rows, here) >= FIRST_OF_WIDE else 1
        count += 1
    store(np.int32, state.code.traces, position, count << 16 | size_bytes)
    return count


@native
def count(state: Any, engine: int, address: int, size_bytes: int) -> None:
    """Count a block that starts. Code is read where `rows` of the regions point."""
    is_due = state.instructions >= state.pause or state.now >= state.deadline
    if is_due and host_acts(state, engine):
        call(state.stop, engine)
    else:
        executed = count_block(state, address, size_bytes)
        state.instructions += executed
        state.now += executed
