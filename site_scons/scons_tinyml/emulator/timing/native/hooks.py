"""Hooks that Unicorn calls at the start of a block of code, and where a trace begins inside of one.

At the start of a trace its memory operands are computed from the registers. When the next one starts, or the
run ends, the trace has been executed, and the clock is moved over it.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from scons_tinyml.emulator.timing.native.caches import region_of
from scons_tinyml.emulator.timing.native.calls import (
    call,
    call_range,
    inlined,
    native,
    read_register,
)
from scons_tinyml.emulator.timing.native.events import operand_at, trace_at
from scons_tinyml.emulator.timing.native.host import host_acts
from scons_tinyml.emulator.timing.native.layout import FLOW_NONE, REGISTERS
from scons_tinyml.emulator.timing.native.memory import load, store
from scons_tinyml.emulator.timing.native.paths import arrive, replace, spend
from scons_tinyml.emulator.timing.native.replay import account, nearly_full

_UNKNOWN = -1


@native
def enter_region(state: Any, address: int) -> bool:
    """Make the region of `address` the executed one. Return False without a region (a fault follows)."""
    index = region_of(state, address)
    if index < 0:
        return False
    region = state.regions[index]
    code = state.code
    code.start, code.end, code.kind = region.start, region.end, region.kind
    code.wait_states, code.rows, code.traces = region.wait_states, region.rows, region.traces
    return True


@native
def copy_registers(state: Any, engine: int) -> None:
    """Copy r0 to r14 from Unicorn, where its own memory is not at hand. Their ids follow `register_ids`."""
    for number in range(REGISTERS - 1):
        name = load(np.uint32, state.registers, REGISTERS + number)
        store(np.uint32, state.registers, number, read_register(state.register_read, engine, name))


@inlined
def look_at_registers(state: Any, engine: int) -> None:
    """Bring r0 to r15 in `state.registers` up to date."""
    if state.register_read:
        copy_registers(state, engine)


@inlined
def register(state: Any, number: int) -> int:
    """Return the value of r0 to r15, see `look_at_registers`."""
    return int(load(np.uint32, state.registers, number))


@native
def word_at(state: Any, address: int) -> int:
    """Return the word of memory at `address`, -1 without one."""
    index = region_of(state, address)
    if index < 0 or address & 3:
        return _UNKNOWN
    region = state.regions[index]
    return int(load(np.uint32, region.memory, (address - region.start) >> 2))


@inlined
def part_now(state: Any, number: int, loaded: int, slot: int) -> int:
    """Return a register, or the word at the address in it + `slot`; negative without such a word."""
    value = register(state, number) if number >= 0 else 0
    return word_at(state, (value + slot) & 0xFFFFFFFF) if loaded else value


@inlined
def compute_operands(state: Any, engine: int, trace: Any) -> int:
    """Fill `first` and `second` for the operands of a trace.

    Return the address of an instruction to cut the trace at, or 0.
    """
    if trace.operand_count == 0:
        return 0
    look_at_registers(state, engine)
    for number in range(trace.operand_count):
        operand = operand_at(state, trace, number)
        base, index = 0, 0
        if not operand.base_late:
            base = part_now(state, operand.base, operand.base_loaded, operand.base_slot)
        if not operand.index_late:
            index = part_now(state, operand.index, operand.index_loaded, operand.index_slot)
        if base < 0 or index < 0:
            return int(operand.address)
        if operand.words == 0:
            state.first[number] = (base + operand.offset) & 0xFFFFFFFF
            state.second[number] = index
            continue
        state.first[number] = (base + (index << operand.shift) + operand.offset) & 0xFFFFFFFF
        state.second[number] = operand.width_bytes
    return 0


@native
def complete_operands(state: Any, engine: int, trace: Any) -> None:
    """Add the registers of the end of a trace to its operands."""
    look_at_registers(state, engine)
    for number in range(trace.operand_count):
        operand = operand_at(state, trace, number)
        value = int(state.first[number])
        if operand.base_late:
            value += register(state, operand.base)
        if operand.index_late:
            value += register(state, operand.index) << operand.shift
        state.first[number] = value & 0xFFFFFFFF


@inlined
def stop_if_due(state: Any, engine: int) -> bool:
    """Stop Unicorn before a block when a limit is reached, or a table of the trees is full.

    Return True when it stops. It never stops inside of a block: the decision of an IT there would not be
    known when the run goes on.
    """
    if state.now < state.deadline and state.instructions < state.pause and not nearly_full(state):
        return False
    state.full = nearly_full(state)
    if not host_acts(state, engine) and not state.full:
        return False
    call(state.stop, engine)
    return True


@native
def trace_from(state: Any, engine: int, address: int, end: int) -> int:
    """Return the number of the trace at `address` in a block that ends at `end`.

    A negative number means that Unicorn must stop.
    """
    if not state.code.start <= address < state.code.end and not enter_region(state, address):
        return _UNKNOWN
    number = load(np.int32, state.code.traces, (address - state.code.start) >> 1)
    if number and trace_at(state, number).block_end == end:
        return int(number)
    if call_range(state.discover, address, end):
        call(state.stop, engine)
        return _UNKNOWN
    return int(load(np.int32, state.code.traces, (address - state.code.start) >> 1))


@inlined
def begin(state: Any, engine: int, address: int) -> None:
    """Start the trace at `address`, in the block that Unicorn has announced."""
    number = trace_from(state, engine, address, int(state.block_end))
    if number < 0:
        return
    trace = trace_at(state, number)
    cut = compute_operands(state, engine, trace)
    if cut:
        cut_before(state, engine, address, cut)
        return
    if state.profiling and trace.is_function and address != state.flow_end:
        replace(state, address)
    state.pending = number
    state.pending_start = address
    state.pending_end = trace.end


@native
def cut_before(state: Any, engine: int, address: int, instruction: int) -> None:
    """Cut the block of `address` before `instruction`, and make Unicorn start again."""
    state.cut = instruction
    call_range(state.discover, address, int(state.block_end))
    call(state.stop, engine)


def finish(state: Any, engine: int) -> None:
    """Account for the trace that was executed."""
    if state.pending < 0:
        return
    trace = trace_at(state, state.pending)
    if trace.late_count:
        complete_operands(state, engine, trace)
    cycles, instructions = state.now, state.instructions
    account(state)
    if state.profiling:
        spend(state, state.now - cycles, state.instructions - instructions)
        state.flow = trace.flow
        state.flow_end = trace.end
    state.pending = -1


def at_block(state: Any, engine: int, address: int, size_bytes: int) -> None:
    """Handle the start of a block."""
    finish(state, engine)
    state.block_start = address
    state.block_end = address + size_bytes
    if state.profiling and state.flow != FLOW_NONE and address != state.flow_end:
        arrive(state, address)
    if not stop_if_due(state, engine):
        begin(state, engine, address)


def at_cut(state: Any, engine: int, address: int) -> None:
    """Handle an instruction that may begin a trace.

    It begins none when it is inside of the running trace, or has just begun one.
    """
    if state.pending >= 0 and address < state.pending_end:
        return
    finish(state, engine)
    begin(state, engine, address)
