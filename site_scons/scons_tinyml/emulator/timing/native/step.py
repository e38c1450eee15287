"""The functions that Unicorn calls: the timing step before every instruction, the counter before every block."""

from __future__ import annotations

from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import numba
import numpy as np
from numba import types
from numba.np.numpy_support import carray

from scons_tinyml.emulator.timing.native.calls import call, inlined, native, pointer
from scons_tinyml.emulator.timing.native.layout import ROW, STATE
from scons_tinyml.emulator.timing.native.pipeline import flow, issue, jump, region_of, row_before

ROW_BYTES = ROW.itemsize

#: uc_cb_hookcode_t: engine, address, size, user_data (address of a STATE)
HOOK = types.void(types.int64, types.int64, types.int32, types.voidptr)


@native
def enter_region(state: Any, address: int) -> bool:
    """Make the region of `address` the one that is executed; False when it is none (a fault follows)."""
    index = region_of(state, address)
    if index < 0:
        return False
    region = state.regions[index]
    state.code_start = region.start
    state.code_bytes = region.end - region.start
    state.code_rows = region.rows
    state.code_is_flash = region.is_flash
    state.code_wait_states = region.wait_states
    return True


@inlined
def row_at(row_address: int) -> Any:
    """The row at an address of the host."""
    return carray(pointer(row_address), (1,), ROW)[0]


@inlined
def decoded(state: Any, engine: int, row: Any, address: int) -> bool:
    """Decode `row` if it never was; if that fails Unicorn is asked to stop."""
    if row.rule == 0 and call(state.decode, address):
        call(state.stop, engine)
        return False
    return True


@inlined
def address_of_row(state: Any, address: int) -> int:
    """Address of the row of an instruction in the region that is executed."""
    return int(state.code_rows) + ((address - int(state.code_start)) >> 1) * ROW_BYTES


@native
def skip(state: Any, engine: int, target: int) -> None:
    """Account for instructions up to `target` that an IT made not execute: Unicorn does not report them."""
    while state.expected != target:
        address = int(state.expected)
        row_address = address_of_row(state, address)
        issue(state, engine, row_at(row_address), row_address, address, False)


@native
def step_over(state: Any, engine: int, row: Any, row_address: int, address: int) -> None:
    """Account for an instruction that is not simple, and for what happened since the one before."""
    if not decoded(state, engine, row, address):
        return
    gap = address - state.expected
    if 0 < gap <= row_before(state).it_bytes:
        skip(state, engine, address)
    elif gap:
        jump(state, address)
    issue(state, engine, row, row_address, address, True)


@inlined
def limit_reached(state: Any, engine: int) -> bool:
    """Ask Unicorn to stop when the budget of instructions is used up."""
    if state.instructions < state.limit:
        return False
    state.limit_reached = 1
    call(state.stop, engine)
    return True


@inlined
def advance(state: Any, engine: int, address: int) -> None:
    """Account for the instruction at `address`."""
    if 0 <= address - state.code_start < state.code_bytes or enter_region(state, address):
        row_address = address_of_row(state, address)
        row = row_at(row_address)
        if not flow(state, row, row_address, address):
            step_over(state, engine, row, row_address, address)


@native
def wide(halfword: int) -> bool:
    """First half of a 32-bit instruction (ARMv7-M ARM, A5.1)."""
    return halfword >> 11 >= 0x1D


def sources_digest() -> int:
    """Digest of everything that is compiled into the step."""
    folder = Path(__file__).parent
    sources = [*sorted(folder.glob("*.py")), folder.parent / "interface.py"]
    return int.from_bytes(sha256(b"".join(path.read_bytes() for path in sources)).digest()[:8], "little")


def _compile_step(digest: int) -> Any:
    # numba's disk cache looks at this file and at the values a function closes over, not at the modules that it
    # calls: the digest, which is never 0, is there to make a change of any of them a different function.
    @numba.cfunc(HOOK, cache=True)
    def step(engine: int, address: int, _size: int, user_data: Any) -> None:
        state = carray(user_data, (1,), STATE)[0]
        if digest and not limit_reached(state, engine):
            advance(state, engine, address)

    return step


def _compile_counter(digest: int) -> Any:
    @numba.cfunc(HOOK, cache=True)
    def count(engine: int, address: int, size: int, user_data: Any) -> None:
        state = carray(user_data, (1,), STATE)[0]
        if digest and not limit_reached(state, engine):
            state.instructions += instructions_in(state, address, size)

    return count


@native
def instructions_in(state: Any, address: int, size_bytes: int) -> int:
    """Instructions in a block of code, from its bytes."""
    if not 0 <= address - state.code_start < state.code_bytes and not enter_region(state, address):
        return 0
    code = carray(pointer(state.code_rows), (1 << 30,), np.uint16)
    position = (address - state.code_start) >> 1
    end = position + (size_bytes >> 1)
    count = 0
    while position < end:
        position += 2 if wide(code[position]) else 1
        count += 1
    return count


@cache
def step_address() -> int:
    """Address of the timing step, for UC_HOOK_CODE."""
    return int(_compile_step(sources_digest()).address)


@cache
def counter_address() -> int:
    """Address of the instruction counter, for UC_HOOK_BLOCK. It reads code where `rows` of the regions point."""
    return int(_compile_counter(sources_digest()).address)
