"""Pipeline of the Cortex-M33 and M0+: in order, one instruction a cycle, results after some cycles.

Needs of instructions and times of results are those of `pipe.Pipe`; sources in cortex_m33.py and
cortex_m0plus.py.
"""

from __future__ import annotations

from typing import Any

from scons_tinyml.emulator.timing.interface import NativeRule, Rule
from scons_tinyml.emulator.timing.native.access import memory_stall, operand_cycles
from scons_tinyml.emulator.timing.native.calls import inlined, native
from scons_tinyml.emulator.timing.native.events import first_outcome
from scons_tinyml.emulator.timing.native.fetch import (
    RING,
    catch_up,
    fetch_up_to,
    forget_old_words,
    jump,
    run_ahead,
    shares_bus,
    take,
)
from scons_tinyml.emulator.timing.native.layout import CONDITIONAL, FP_REGISTERS, REGISTERS
from scons_tinyml.emulator.timing.native.off import applies
from scons_tinyml.emulator.timing.native.replay import row_at
from scons_tinyml.emulator.timing.pipe import STAGES, Unit

_STORE, _FLOAT, _FOLDED = int(Rule.STORE), int(Rule.FLOAT), int(Rule.FOLDED)
_BRANCH, _ACCUMULATE = int(Unit.BRANCH), int(Unit.FLOAT_ACCUMULATE)
_RESULT, _SLOW_RESULT, _PAIRS = int(NativeRule.RESULT), int(NativeRule.SLOW_RESULT), int(NativeRule.PAIRS)
_FP_RESULT, _FP_UNIT = int(NativeRule.FP_RESULT), int(NativeRule.FP_UNIT)
_DATA_BUS, _WRITE_BUFFER = int(NativeRule.DATA_BUS), int(NativeRule.WRITE_BUFFER)
_LATE_FLAGS, _FP_SUMS = int(NativeRule.LATE_FLAGS), int(NativeRule.FP_SUMS)
#: Entries of `units`: when the floating-point unit is free, and when a multiply-accumulate lets loads and stores go.
FLOAT_UNIT, SUMS = 0, 2


@native
def operands_ready(state: Any, micro: Any, row: Any) -> int:
    """Return the first cycle in which an instruction can issue, by the core registers that it reads."""
    start = -(1 << 30)
    if not applies(state, _RESULT):
        return start
    slow = micro.slow & row.slow_reads
    for stage in range(STAGES):
        late = slow if stage else slow | micro.late_for_first
        late = late if applies(state, _SLOW_RESULT) else 0
        mask = row.stage_reads[stage]
        register = 0
        while mask:
            if mask & 1:
                start = max(start, int(micro.result[register]) + (late >> register & 1) - stage)
            mask >>= 1
            register += 1
    return start


@native
def fp_ready(state: Any, micro: Any, row: Any) -> int:
    """Return the first cycle in which it can issue, by its floating-point registers and the unit."""
    start = -(1 << 30)
    if row.rule == _FLOAT and applies(state, _FP_UNIT):
        start = int(micro.units[FLOAT_UNIT])
    if not applies(state, _FP_RESULT):
        return start
    for register in range(FP_REGISTERS):
        bit = 1 << register
        if row.fp_accumulates & bit:
            start = max(start, int(micro.fp_accumulator[register]))
        elif row.fp_reads & bit:
            start = max(start, int(micro.fp_result[register]))
    return start


@native
def write_results(micro: Any, row: Any, start: int, stall: int) -> None:
    """Store when the results of an instruction that issues in cycle `start` can be read."""
    for register in range(REGISTERS):
        bit = 1 << register
        if row.writes & bit:
            micro.result[register] = start + row.result + stall
            micro.slow = micro.slow | bit if row.late_load else micro.slow & ~bit
            micro.late_for_first = (
                micro.late_for_first | bit if row.late_for_first else micro.late_for_first & ~bit
            )
        elif row.updates & bit:
            micro.result[register] = start + 1
            micro.slow &= ~bit
            micro.late_for_first &= ~bit
    for register in range(FP_REGISTERS):
        if row.fp_writes >> register & 1:
            micro.fp_result[register] = start + row.fp_result + stall
            micro.fp_accumulator[register] = start + row.fp_result_to_accumulator + stall
    if row.rule == _FLOAT:
        micro.units[FLOAT_UNIT] = start + 1 + row.fp_blocks


@native
def forget_old_results(micro: Any) -> None:
    """Clear times of results that every stage can read: they make no difference."""
    for register in range(REGISTERS):
        if micro.result[register] <= micro.now - STAGES:
            micro.slow &= ~(1 << register)
            micro.late_for_first &= ~(1 << register)
            micro.result[register] = micro.now - STAGES
    for register in range(FP_REGISTERS):
        micro.fp_result[register] = max(micro.fp_result[register], micro.now - STAGES)
        micro.fp_accumulator[register] = max(micro.fp_accumulator[register], micro.now - STAGES)


@native
def settle(state: Any, micro: Any) -> None:
    """Catch up, and forget times that can no longer matter, so that equal situations look equal."""
    catch_up(state, micro)
    forget_old_words(state, micro)
    forget_old_results(micro)


@inlined
def pairs(micro: Any, row: Any, ready: int) -> bool:
    """Return whether a narrow NOP, IT or branch goes along with a narrow instruction before it.

    It must have been fetched by then.
    """
    if (
        row.size_bytes != 2
        or row_at(micro.before).size_bytes != 2
        or ready > micro.start
        or micro.issued == 2
    ):
        return False
    return bool(row.rule == _FOLDED or row.unit == _BRANCH)


@native
def step(state: Any, micro: Any, row: Any, row_address: int, address: int, executed: bool) -> None:
    """Move the clock over one instruction. One that its IT skips costs a cycle and touches no memory."""
    if address != micro.expected:
        jump(state, micro, address)
    start = int(micro.now)
    if executed:
        start = max(start, operands_ready(state, micro, row))
        if row.fp:
            start = max(start, fp_ready(state, micro, row))
            if row.fp_after_accumulate and applies(state, _FP_SUMS):
                start = max(start, int(micro.units[SUMS]))
        if row.memory and applies(state, _DATA_BUS):
            start = max(start, int(micro.data_free) - 1)
    after = address + row.size_bytes
    last = (after - 1) >> 2
    fetch_up_to(state, micro, last)
    ready = int(micro.ready[last & RING])
    start = max(start, ready + 1)
    take(micro, address, after, ready)
    cycles, stall = 1, 0
    paired = executed and start == micro.now and pairs(micro, row, ready)
    micro.issued = 2 if paired and applies(state, _PAIRS) else 1
    start -= micro.issued - 1
    if executed:
        cycles = int(row.cycles)
        if row.memory:
            run_ahead(state, micro, after >> 2, start)
            stall = memory_stall(state, micro, row, start, first_outcome(state, row))
            cycles += 0 if row.rule == _STORE and applies(state, _WRITE_BUFFER) else stall
            if shares_bus(state, state.from_flash != 0):
                micro.next_issue = max(int(micro.next_issue), start + row.words + stall)
        elif row.long_cycles and row.rule != _FLOAT:
            cycles = operand_cycles(state, row)
        write_results(micro, row, start, stall)
        if row.unit == _ACCUMULATE:
            micro.units[SUMS] = start + 1 + row.fp_blocks
    # The condition of a branch that its predecessor decides is known a cycle later.
    flags_late = (
        row.branch == CONDITIONAL and row_at(micro.before).sets_flags != 0 and applies(state, _LATE_FLAGS)
    )
    micro.refill = row.refill + (1 if flags_late else 0)
    micro.before = row_address if executed else state.nothing
    micro.start = start
    micro.now = start + cycles
    micro.expected = after
