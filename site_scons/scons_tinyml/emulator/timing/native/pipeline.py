"""The three-stage pipeline of the Cortex-M3 and Cortex-M4: fetch queue, interlocks, execution of one instruction.

Sources as in armv7m.py. The clock `now` is the first cycle in which the next instruction could execute. A word that
the fetch unit asks for in cycle c can be decoded in c + 1 and execute in c + 2, at zero wait states.
"""

from __future__ import annotations

from typing import Any

from scons_tinyml.emulator.timing.interface import Rule
from scons_tinyml.emulator.timing.native.calls import native, read_register
from scons_tinyml.emulator.timing.native.flash import fetch_flash, read_flash

#: Words in the fetch queue (Arm knowledge base 103488664: "Cortex-M3 has a 3-word prefetch buffer").
QUEUE_WORDS = 3
#: Fetches through the system bus are registered: one cycle more (DDI 0337I section 2.3.1, DDI 0439D section 2.3.1).
SYSTEM_BUS_FETCH = 1
LOAD, STORE = 1, 2

_LOAD, _STORE = int(Rule.LOAD), int(Rule.STORE)
_LOAD_MULTIPLE, _STORE_MULTIPLE = int(Rule.LOAD_MULTIPLE), int(Rule.STORE_MULTIPLE)
_DIVIDE, _LONG_MULTIPLY = int(Rule.DIVIDE), int(Rule.LONG_MULTIPLY)
_FLOAT, _FOLDED = int(Rule.FLOAT), int(Rule.FOLDED)


@native
def next_issue(state: Any) -> int:
    """Cycle in which the next word can be asked for: the bus is free and the queue has room."""
    return max(int(state.next_issue), int(state.taken[(state.next_word - QUEUE_WORDS) & 3]) + 1)


@native
def fetch_word(state: Any) -> None:
    """Ask for the next word of code and note when it can be decoded."""
    issue = next_issue(state)
    address = state.next_word << 2
    if state.code_is_flash:
        ready = fetch_flash(state, address, issue)
    else:
        ready = max(issue, state.data_free - 1) + 1 + SYSTEM_BUS_FETCH + state.code_wait_states
    state.ready[state.next_word & 3] = ready
    state.next_issue = ready
    state.next_word += 1


@native
def run_ahead(state: Any, oldest: int, until: int) -> None:
    """Fetch while execution is busy: every word that fits behind word `oldest` and is asked for before `until`."""
    while state.next_word < oldest + QUEUE_WORDS and next_issue(state) < until:
        fetch_word(state)


@native
def jump(state: Any, target: int) -> None:
    """Empty the queue and ask for the target of a taken branch."""
    issue = state.now - 1 + state.refill
    run_ahead(state, (state.expected - 1) >> 2, issue)
    state.next_issue = max(issue, state.next_issue)
    state.next_word = target >> 2
    for word in range(4):
        state.taken[word] = issue - 1
    state.wide_run = 0
    state.wide_stores = 0


@native
def interlocks(state: Any, row: Any) -> int:
    """First cycle of execution as registers and buses allow it."""
    start = int(state.now)
    if row.memory:
        # 3.3.2: the load before is still in its data phase, and a load that does not need its result overlaps.
        if row.pipelines and state.after_load and not row.address_reads & state.loaded:
            start -= 1
        # 3.3.2: "an address dependent on the result of a preceding data processing operation stalls".
        elif row.address_reads & state.computed:
            start += 1
        start = max(start, state.data_free - 1)
    if row.fp:
        # DDI 0439D section 7.2.3: one cycle more when the next instruction consumes the result.
        if row.fp_reads & state.fp_results:
            start += 1
        start = max(start, state.fp_busy)
    return start


@native
def wide_bubble(state: Any, row: Any, address: int) -> int:
    """Published measurement: a run of three or more unaligned wide instructions, four if stores, takes one more."""
    if row.size_bytes == 2 or not address & 2:
        state.wide_run = 0
        state.wide_stores = 0
        return 0
    state.wide_run += 1
    if row.memory == STORE and state.wide_stores == state.wide_run - 1:
        state.wide_stores += 1
    charged_at = 4 if state.wide_stores >= 3 else 3
    return 1 if state.wide_run == charged_at else 0


@native
def quotient_bits(dividend: int, divisor: int, signed: bool) -> int:
    """Bits that a division has to find; 0 when the quotient is 0 or the divisor is."""
    if signed:
        dividend = 0x100000000 - dividend if dividend & 0x80000000 else dividend
        divisor = 0x100000000 - divisor if divisor & 0x80000000 else divisor
    bits = 0
    while divisor and divisor << bits <= dividend:
        bits += 1
    return bits


@native
def fits_16_bits(value: int, signed: bool) -> bool:
    """A factor for which a long multiply ends early."""
    if signed:
        return value < 0x8000 or value >= 0xFFFF8000
    return value < 0x10000


@native
def operand_cycles(state: Any, engine: int, row: Any) -> int:
    """Cycles of a division or long multiply, by the values of its operands."""
    first = read_register(state.register_read, engine, row.first)
    second = read_register(state.register_read, engine, row.second)
    if row.rule == _LONG_MULTIPLY:
        short = fits_16_bits(first, row.signed) and fits_16_bits(second, row.signed)
        return int(row.cycles) if short else int(row.long_cycles)
    bits = quotient_bits(first, second, row.signed)
    return min(int(row.long_cycles), int(row.cycles) + 2 + bits // 4) if bits else int(row.cycles)


@native
def effective_address(state: Any, engine: int, row: Any) -> int:
    """Address of the first byte that a load or store touches."""
    address = int(row.offset)
    if row.base >= 0:
        address += read_register(state.register_read, engine, row.base)
    if row.index >= 0:
        address += read_register(state.register_read, engine, row.index) << row.shift
    return address & 0xFFFFFFFF


@native
def region_of(state: Any, address: int) -> int:
    """Index of the memory region, -1 for devices and for nothing."""
    for index in range(state.region_count):
        if state.regions[index].start <= address < state.regions[index].end:
            return index
    return -1


@native
def unaligned_cycles(address: int, width_bytes: int) -> int:
    """3.3.2: one cycle more for each further access that an unaligned load is split into."""
    if width_bytes == 4 and address & 3:
        return 1 if address & 3 == 2 else 2
    if width_bytes == 2 and address & 1:
        return 1
    return 0


@native
def memory_stall(state: Any, engine: int, row: Any, start: int) -> int:
    """Cycles that the data bus adds to a load, or to whatever comes after a store."""
    issue = start + 1
    end = issue + row.words
    stall = 0
    if row.addressed:
        address = effective_address(state, engine, row)
        if row.memory == LOAD:
            stall = unaligned_cycles(address, row.width_bytes)
        region = region_of(state, address)
        if region >= 0 and state.regions[region].is_flash:
            ready = issue
            for word in range(row.words):
                ready = read_flash(state, address + 4 * word, ready)
            stall += ready - end
        elif region >= 0:
            stall += state.regions[region].wait_states * row.words
    state.data_free = end + stall
    return stall


@native
def execution_cycles(state: Any, engine: int, row: Any, start: int, decoded: int) -> int:
    """Cycles in the execute stage."""
    cycles = int(row.cycles)
    if row.memory:
        stall = memory_stall(state, engine, row, start)
        # The write buffer takes a single store: it delays nothing but the next access (data_free).
        return cycles if row.rule == _STORE else cycles + stall
    if row.rule == _DIVIDE or row.rule == _LONG_MULTIPLY:
        return operand_cycles(state, engine, row)
    if row.rule == _FLOAT:
        state.fp_busy = start + row.long_cycles
    # Assumption: an IT folds when it waits in the queue while a narrow instruction before it is decoded.
    elif row.rule == _FOLDED and state.size_bytes == 2 and decoded <= state.start:
        return 0
    return cycles


@native
def issue(state: Any, engine: int, row: Any, address: int, executed: bool) -> None:
    """Move the clock over one instruction; one that its IT skips costs a cycle and touches no memory."""
    start = interlocks(state, row) if executed else state.now
    start += wide_bubble(state, row, address)
    oldest = address >> 2
    last = (address + row.size_bytes - 1) >> 2
    while state.next_word <= last:
        fetch_word(state)
    ready = state.ready[last & 3]
    start = max(start, ready + 1)
    if (address + row.size_bytes) >> 2 > oldest:
        state.taken[oldest & 3] = max(ready, state.start)
    run_ahead(state, (address + row.size_bytes) >> 2, start)
    cycles = execution_cycles(state, engine, row, start, ready) if executed else 1
    state.after_load = executed and row.rule == _LOAD
    state.computed = row.computes if executed else 0
    state.loaded = row.loads
    state.fp_results = row.fp_results if executed else 0
    state.refill = row.refill
    state.size_bytes = row.size_bytes
    state.it_bytes = row.it_bytes
    state.start = start
    state.now = start + cycles
    state.expected = address + row.size_bytes
    state.instructions += 1
