"""Cortex-M7: in-order dual issue with a scoreboard; 64-bit fetches ahead of predicted branches.

Needs of instructions and times of results are those of `pipe.Pipe`; sources in cortex_m7.py.
"""

from __future__ import annotations

from typing import Any

from scons_tinyml.emulator.timing.interface import NativeRule, Rule
from scons_tinyml.emulator.timing.native.access import STORE, operand_cycles
from scons_tinyml.emulator.timing.native.calls import inlined, native
from scons_tinyml.emulator.timing.native.events import PREDICTION, observe, word_of_operand
from scons_tinyml.emulator.timing.native.l1 import UPPER
from scons_tinyml.emulator.timing.native.layout import (
    CONDITIONAL,
    HORIZON_CYCLES,
    REGISTERS,
    STORE_BUFFER,
    TIGHT,
    UNITS,
)
from scons_tinyml.emulator.timing.native.line_fills import access_stall, fetch_line
from scons_tinyml.emulator.timing.native.off import applies
from scons_tinyml.emulator.timing.native.predictor import (
    BRANCH_SHIFT,
    DECODED,
    DIRECT,
    INDIRECT,
    PASSED,
    RIGHT,
    TAKEN,
    TARGET_SHIFT,
)
from scons_tinyml.emulator.timing.native.replay import row_at
from scons_tinyml.emulator.timing.native.scoreboard import (
    SUMS,
    forget_old_results,
    fp_ready,
    operands_ready,
    write_results,
)
from scons_tinyml.emulator.timing.pipe import Unit

#: DDI 0489 1.2.3: 64 bits a cycle, four of them in the queue. DEPTH: cycles from a fetch to its first issue.
BLOCK_SHIFT, QUEUE_BLOCKS, DEPTH = 3, 4, 3
RING = 7
NO_LINE = -1
#: Place of the PC on the scoreboard, which is never waited for: the cycle in which flags were set last.
FLAGS = 15
#: jnk0le: cycles that a mispredicted branch costs more than a predicted one.
MISPREDICTED, MISPREDICTED_EARLY, FLAGS_EARLY = 8, 6, 3
#: Assumed: cycles from the fetch of a jump without a prediction to its detection by decoding.
DECODED_LATE = 3

_FLOAT = int(Rule.FLOAT)
_PAIRS, _EARLY_STAGE = int(NativeRule.PAIRS), int(NativeRule.EARLY_STAGE)
_PREDICTION, _FP_SUMS = int(NativeRule.PREDICTION), int(NativeRule.FP_SUMS)
#: ROW.branch of a branch that may fall through.
_ALU, _SHIFT, _SHIFTED = int(Unit.ALU), int(Unit.SHIFT), int(Unit.SHIFTED)
_SIMD, _SIMD_SHIFT, _MULTIPLY = int(Unit.SIMD), int(Unit.SIMD_SHIFT), int(Unit.MULTIPLY)
_LOAD, _STORE, _BRANCH = int(Unit.LOAD), int(Unit.STORE), int(Unit.BRANCH)
_FLOAT_UNIT, _ACCUMULATE, _ALONE = int(Unit.FLOAT), int(Unit.FLOAT_ACCUMULATE), int(Unit.ALONE)
_FLOAT_MOVE = int(Unit.FLOAT_MOVE)
#: jnk0le: cycles behind a multiply-accumulate in which additions and wide moves of the unit wait, and single
#: ones go in the older slot only.
SUMS_CYCLES = 3
#: Sets of units, as bit masks.
_WITH_SHIFTER = 1 << _SHIFTED | 1 << _SIMD_SHIFT
_NEVER_SECOND = 1 << _ALONE | 1 << _SIMD | 1 << _SIMD_SHIFT
_ONCE_A_CYCLE = 1 << _MULTIPLY | 1 << _STORE | 1 << _BRANCH
_FLOATS = 1 << _FLOAT_UNIT | 1 << _ACCUMULATE
_FLOAT_ACCESS = 1 << _LOAD | 1 << _STORE | 1 << _FLOAT_MOVE


@inlined
def uses_shifter(unit: int) -> bool:
    """Return whether a unit shifts an operand in the first stage."""
    return bool(_WITH_SHIFTER >> unit & 1)


@native
def fit_together(first: Any, second: Any, same_bank: bool) -> bool:
    """Return whether hardware is there for both of a pair; `second` is the later one. jnk0le, LLVM."""
    one, other = int(first.unit), int(second.unit)
    if one == _ALONE or _NEVER_SECOND >> other & 1:
        return False
    if other == _SHIFTED and (uses_shifter(one) or one == _SHIFT):
        return False
    if one == other and _ONCE_A_CYCLE >> one & 1:
        return False
    if (one == _MULTIPLY and other == _STORE) or (one == _STORE and other == _MULTIPLY):
        return False
    if one == _LOAD and other == _LOAD:
        return not same_bank
    return not _FLOATS >> one & _FLOATS >> other & 1


@native
def float_ports_free(state: Any, micro: Any, first: Any, second: Any) -> bool:
    """Return whether two instructions of a pair can both use registers of the floating-point unit. jnk0le.

    Behind a multiply-accumulate a load, a store or a move goes in the older slot, and only the first
    multiply-accumulate goes beside one.
    """
    if micro.units[SUMS] <= micro.start or not applies(state, _FP_SUMS):
        return True
    if second.fp and _FLOAT_ACCESS >> int(second.unit) & 1:
        return False
    return not (second.unit == _ACCUMULATE and first.fp)


@native
def can_hoist(micro: Any, row: Any, start: int, young: bool) -> bool:
    """Return whether an instruction executes a stage earlier.

    ADD, SUB and MOV as the first of a pair, and shifts as either, do so if their operands allow.
    """
    if not row.hoists or (young and (row.unit == _ALU or uses_shifter(int(row_at(micro.first_row).unit)))):
        return False
    for register in range(REGISTERS):
        if row.stage_reads[1] >> register & 1 and micro.result[register] > start:
            return False
    return True


@native
def fetch_up_to(state: Any, micro: Any, last: int) -> None:
    """Fetch blocks until `last`, one a cycle while the queue has room."""
    while micro.next_word <= last:
        # A block leaves the queue when it is decoded: DEPTH - 1 cycles before the last of it issues.
        room = int(micro.taken[(micro.next_word - QUEUE_BLOCKS) & RING]) + 2 - DEPTH
        issue = max(int(micro.next_issue), room)
        if state.code.kind != TIGHT:
            issue = fetch_line(state, micro, micro.next_word << BLOCK_SHIFT, issue)
        micro.ready[micro.next_word & RING] = issue + DEPTH
        micro.next_issue = issue + 1
        micro.next_word += 1


@native
def action_of(before: Any, taken: bool) -> int:
    """Return the action of a branch, for the predictor."""
    if before.branch == CONDITIONAL:
        return TAKEN if taken else PASSED
    return INDIRECT if before.memory or before.stage_reads[1] else DIRECT


@native
def redirect(state: Any, micro: Any, target: int, issue: int) -> None:
    """Fetch from `target` on, beginning in cycle `issue`.

    Without a cache the line that was fetched before is lost.
    """
    if not state.instruction_cache.enabled:
        micro.fetch_line = NO_LINE
    micro.next_issue = issue
    micro.next_word = target >> BLOCK_SHIFT
    for slot in range(RING + 1):
        micro.taken[slot] = issue - 1


@native
def arrive(state: Any, micro: Any, address: int) -> None:
    """Redirect the fetch unless it was at `address` already.

    It is redirected at once after a predicted jump, else later.
    """
    before = row_at(micro.before)
    taken = address != micro.expected
    if not before.branch:
        if taken:
            redirect(state, micro, address, micro.now - DEPTH)
        return
    branch = micro.expected - before.size_bytes
    argument = branch >> 1 << BRANCH_SHIFT | address >> 1 << TARGET_SHIFT | action_of(before, taken)
    outcome = observe(state, PREDICTION, argument)
    fetched = micro.ready[((micro.expected - 1) >> BLOCK_SHIFT) & RING] - DEPTH + 1
    if outcome == RIGHT or not applies(state, _PREDICTION):
        if taken:
            redirect(state, micro, address, fetched)
    elif outcome == DECODED:
        redirect(state, micro, address, fetched + DECODED_LATE)
    else:
        early = before.branch == CONDITIONAL and micro.start - micro.result[FLAGS] >= FLAGS_EARLY
        penalty = MISPREDICTED_EARLY if early else MISPREDICTED
        late = micro.now - micro.start - 1
        redirect(state, micro, address, micro.start + 1 + late + penalty - DEPTH)


@native
def settle(_state: Any, micro: Any) -> None:
    """Forget times that can no longer matter.

    This runs before every instruction, so that the places of cuts make no difference.
    """
    horizon = micro.now - HORIZON_CYCLES
    micro.next_issue = max(micro.next_issue, horizon)
    micro.flash_free = max(micro.flash_free, horizon)
    micro.fetch_ready = max(micro.fetch_ready, horizon)
    micro.register_ready = max(micro.register_ready, horizon)
    for unit in range(UNITS):
        micro.units[unit] = max(micro.units[unit], horizon)
    for slot in range(RING + 1):
        micro.ready[slot] = max(micro.ready[slot], horizon)
        micro.taken[slot] = max(micro.taken[slot], horizon)
    forget_old_results(micro)
    for entry in range(STORE_BUFFER):
        micro.stores[entry] = max(micro.stores[entry], micro.now)
    for number in range(micro.next_word - RING - 1, micro.next_word):
        if number < (micro.expected - 1) >> BLOCK_SHIFT:
            micro.ready[number & RING] = horizon
        if number < micro.next_word - QUEUE_BLOCKS:
            micro.taken[number & RING] = horizon


@native
def step(state: Any, micro: Any, row: Any, row_address: int, address: int, executed: bool) -> None:
    """Issue one instruction, with the one before if they fit together.

    An instruction that its IT skips takes its slot as well.
    """
    settle(state, micro)
    arrive(state, micro, address)
    after = address + row.size_bytes
    last = (after - 1) >> BLOCK_SHIFT
    fetch_up_to(state, micro, last)
    earliest = max(operands_ready(state, micro, row), int(micro.ready[last & RING]))
    if row.reads_flags:
        earliest = max(earliest, int(micro.result[FLAGS]) + 1)
    if row.fp:
        earliest = max(earliest, fp_ready(state, micro, row) - (2 if row.memory == STORE else 0))
        if row.fp_after_accumulate and applies(state, _FP_SUMS):
            earliest = max(earliest, int(micro.units[SUMS]))
    accesses = executed and row.memory and row.addressed
    upper = word_of_operand(state, 0) & UPPER if accesses else 0
    young = (
        micro.issued == 1
        and earliest <= micro.start
        and micro.now == micro.start + 1
        and fit_together(row_at(micro.first_row), row, upper == micro.first_upper)
        and float_ports_free(state, micro, row_at(micro.first_row), row)
        and applies(state, _PAIRS)
    )
    start = int(micro.start) if young else max(int(micro.now), earliest)
    if after >> BLOCK_SHIFT > address >> BLOCK_SHIFT:
        micro.taken[(address >> BLOCK_SHIFT) & RING] = start
    cycles, stall = int(row.cycles), 0
    hoisted = executed and can_hoist(micro, row, start, young) and applies(state, _EARLY_STAGE)
    if accesses:
        stall = access_stall(state, micro, row, start, young)
        cycles += stall
    elif executed and row.long_cycles and row.rule != _FLOAT:
        cycles = operand_cycles(state, row)
    write_results(micro, row, start, stall)
    if row.unit == _ACCUMULATE:
        micro.units[SUMS] = start + 1 + SUMS_CYCLES
    if hoisted:
        for register in range(REGISTERS):
            if row.writes >> register & 1:
                micro.result[register] = start + 1
    if row.sets_flags:
        micro.result[FLAGS] = start
    micro.issued = 2 if young or row.unit == _ALONE else 1
    micro.first_row = micro.first_row if young else row_address
    micro.first_upper = upper
    micro.before = row_address
    # A pair waits for memory together.
    micro.start = start + stall
    micro.now = max(int(micro.now), start + cycles)
    micro.expected = after
