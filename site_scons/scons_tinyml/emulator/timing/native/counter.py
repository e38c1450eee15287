"""The counter that Unicorn calls at every block when there is no timing."""

from __future__ import annotations

from functools import cache
from typing import Any

import numba
import numpy as np
from numba.np.numpy_support import carray

from scons_tinyml.emulator.timing.native.calls import call, native, pointer
from scons_tinyml.emulator.timing.native.compiled import HOOK, sources_digest
from scons_tinyml.emulator.timing.native.hooks import enter_region
from scons_tinyml.emulator.timing.native.host import host_acts
from scons_tinyml.emulator.timing.native.layout import STATE


@native
def wide(halfword: int) -> bool:
    """First half of a 32-bit instruction (ARMv7-M ARM, A5.1)."""
    return halfword >> 11 >= 0x1D


@native
def count_block(state: Any, address: int, size_bytes: int) -> int:
    """Instructions in a block of code, from its bytes; remembered in the table of pieces as count << 16 | size."""
    if not state.code.start <= address < state.code.end and not enter_region(state, address):
        return 0
    position = (address - state.code.start) >> 1
    known = carray(pointer(state.code.pieces), (1 << 30,), np.int32)
    if known[position] & 0xFFFF == size_bytes:
        return int(known[position] >> 16)
    code = carray(pointer(state.code.rows), (1 << 30,), np.uint16)
    end = position + (size_bytes >> 1)
    count = 0
    here = position
    while here < end:
        here += 2 if wide(code[here]) else 1
        count += 1
    known[position] = count << 16 | size_bytes
    return count


def _compile(digest: int) -> Any:
    # numba's disk cache looks at this file and at the values a function closes over, not at what it calls: the
    # digest, which is never 0, makes a change of any source a different function.
    @numba.cfunc(HOOK, cache=True)
    def count(engine: int, address: int, size: int, user_data: Any) -> None:
        state = carray(user_data, (1,), STATE)[0]
        asked = state.instructions >= state.limit or state.now >= state.deadline
        if asked and host_acts(state, engine):
            call(state.stop, engine)
        elif digest:
            executed = count_block(state, address, size)
            state.instructions += executed
            state.now += executed

    return count


@cache
def counter_address() -> int:
    """Address of the instruction counter, for UC_HOOK_BLOCK. It reads code where `rows` of the regions point."""
    return int(_compile(sources_digest()).address)
