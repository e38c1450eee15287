"""Pipelines of the Cortex-M3 and M4: interlocks and execution of one instruction.

Sources as in armv7m.py. `micro.now` is the first cycle in which the next instruction could execute. A word
that the fetch unit requests in cycle c can be decoded in c + 1 and execute in c + 2, at zero wait states.
"""

from __future__ import annotations

from typing import Any

from scons_tinyml.emulator.timing.interface import NativeRule, Rule
from scons_tinyml.emulator.timing.native.access import LOAD, memory_stall, operand_cycles
from scons_tinyml.emulator.timing.native.calls import inlined, native
from scons_tinyml.emulator.timing.native.events import SPACE_SHIFT, first_outcome
from scons_tinyml.emulator.timing.native.fetch import (
    RING,
    catch_up,
    fetch_up_to,
    forget_old_words,
    jump,
    run_ahead,
)
from scons_tinyml.emulator.timing.native.flash import claim_flash
from scons_tinyml.emulator.timing.native.layout import CONDITIONAL, FLASH
from scons_tinyml.emulator.timing.native.off import applies
from scons_tinyml.emulator.timing.native.replay import row_at

_FIXED, _LOAD, _STORE = int(Rule.FIXED), int(Rule.LOAD), int(Rule.STORE)
_FLOAT, _FOLDED = int(Rule.FLOAT), int(Rule.FOLDED)
_LOAD_PIPELINING, _ADDRESS_INTERLOCK = int(NativeRule.LOAD_PIPELINING), int(NativeRule.ADDRESS_INTERLOCK)
_IT_FOLDING = int(NativeRule.IT_FOLDING)
_DATA_BUS, _WRITE_BUFFER = int(NativeRule.DATA_BUS), int(NativeRule.WRITE_BUFFER)
_FP_RESULT, _FP_UNIT = int(NativeRule.FP_RESULT), int(NativeRule.FP_UNIT)


@native
def settle(state: Any, micro: Any) -> None:
    """Catch up, and forget times that can no longer matter, so that equal situations look equal."""
    catch_up(state, micro)
    forget_old_words(state, micro)


@inlined
def memory_interlock(state: Any, micro: Any, row: Any, start: int, space: int) -> int:
    """Return the first cycle of execution of a load or store that could start at `start`.

    The instruction before may change the address or occupy the bus.
    """
    before = row_at(micro.before)
    # 3.3.2: the load before is still in its data phase, and a load that does not need its result overlaps.
    # cmemu, jnk0le: of the same memory only; a store sends its address in that cycle.
    overlaps = row.pipelines and before.rule == _LOAD and space == micro.space
    if overlaps and not row.address_reads & before.loads:
        start -= 1 if applies(state, _LOAD_PIPELINING) else 0
    # jnk0le: the address of a load waits until the data of a store is on the bus. cmemu: a store of two cycles has
    # it there by then.
    elif row.memory == LOAD and before.rule == _STORE and before.cycles == 1:
        start += 1 if applies(state, _DATA_BUS) else 0
    # 3.3.2: "an address dependent on the result of a preceding data processing operation stalls".
    elif row.address_reads & before.computes:
        start += 1 if applies(state, _ADDRESS_INTERLOCK) else 0
    return max(start, int(micro.data_free) - 1) if applies(state, _DATA_BUS) else start


@native
def fp_interlock(state: Any, micro: Any, row: Any) -> int:
    """Return cycles until the unit is free, and one more to use the result just before.

    DDI 0439D section 7.2.3.
    """
    late = 1 if row.fp_reads & row_at(micro.before).fp_results and applies(state, _FP_RESULT) else 0
    return max(late, int(micro.fp_busy) - int(micro.now)) if applies(state, _FP_UNIT) else late


@native
def special_cycles(state: Any, micro: Any, row: Any, start: int, decoded: int) -> int:
    """Return execute cycles of an instruction that has no fixed number of them and no memory operand."""
    cycles = int(row.cycles)
    if row.rule == _FLOAT:
        micro.fp_busy = start + row.long_cycles
        return cycles
    if row.rule == _FOLDED:
        # Assumption: an IT folds when it waits in the queue while a narrow instruction before it is decoded.
        folds = row_at(micro.before).size_bytes == 2 and decoded <= micro.start
        return 0 if folds and applies(state, _IT_FOLDING) else cycles
    return operand_cycles(state, row)


@inlined
def return_from_target(state: Any, micro: Any) -> None:
    """Lose the fetch of the target of a branch that is not taken. It was requested while that was decoded."""
    before = row_at(micro.before)
    if state.decodes_branches and before.branch == CONDITIONAL and not before.refill:
        wanted = max(int(micro.next_issue), int(micro.now - 1 + micro.refill))
        if state.code.kind == FLASH:
            claim_flash(state, micro, wanted)
        micro.next_issue = wanted + 1


@inlined
def first_cycle(state: Any, micro: Any, address: int) -> int:
    """Return the first cycle in which an instruction can execute: one later behind a branch to it.

    However early its target was requested, it is decoded when the branch has been.
    """
    return int(micro.now) + (1 if state.decodes_branches and address != micro.expected else 0)


@inlined
def leave_queue(micro: Any, address: int, after: int, start: int, ready: int) -> None:
    """Let a word leave the queue with the last instruction that needs it, as that starts to execute.

    The fetch unit knows a cycle ahead that there will be room, unless execution is busy for several cycles.
    """
    if after >> 2 > address >> 2:
        busy = start - micro.start > 1 and start > ready + 1
        micro.taken[(address >> 2) & RING] = start if busy else start - 1


@native
def step(state: Any, micro: Any, row: Any, row_address: int, address: int, executed: bool) -> None:
    """Move the clock over one instruction. One that its IT skips costs a cycle and touches no memory."""
    if address != micro.expected:
        jump(state, micro, address)
    else:
        return_from_target(state, micro)
    start, outcome = first_cycle(state, micro, address), 0
    if executed and row.memory:
        outcome = first_outcome(state, row)
        start = memory_interlock(state, micro, row, start, outcome >> SPACE_SHIFT)
        micro.space = outcome >> SPACE_SHIFT
    if executed and row.fp:
        start += fp_interlock(state, micro, row)
    after = address + row.size_bytes
    last = (after - 1) >> 2
    fetch_up_to(state, micro, last)
    ready = int(micro.ready[last & RING])
    start = max(start, ready + 1)
    target = max(ready, int(micro.start)) + 1
    leave_queue(micro, address, after, start, ready)
    cycles = 1
    if executed:
        cycles = int(row.cycles)
        if row.memory:
            # Earlier requests of the fetch unit have the flash first.
            run_ahead(state, micro, after >> 2, start + state.data_first)
            stall = memory_stall(state, micro, row, start, outcome)
            # The write buffer takes a single store: it delays nothing but the next access (data_free).
            cycles += 0 if row.rule == _STORE and applies(state, _WRITE_BUFFER) else stall
        elif row.rule != _FIXED:
            cycles = special_cycles(state, micro, row, start, ready)
    micro.before = row_address if executed else state.nothing
    micro.start = start
    micro.now = start + cycles
    micro.refill = row.refill
    if row.branch and not row.refill and state.decodes_branches:
        micro.refill = target - micro.now + 1
    micro.expected = after
