"""The three-stage pipeline of the Cortex-M3 and Cortex-M4: fetch queue, interlocks, execution of one instruction.

Sources as in armv7m.py. The clock `now` is the first cycle in which the next instruction could execute. A word that
the fetch unit asks for in cycle c can be decoded in c + 1 and execute in c + 2, at zero wait states.
"""

from __future__ import annotations

from typing import Any

from numba.np.numpy_support import carray

from scons_tinyml.emulator.timing.interface import Rule
from scons_tinyml.emulator.timing.native.calls import inlined, native, pointer, read_register
from scons_tinyml.emulator.timing.native.flash import fetch_flash, read_flash
from scons_tinyml.emulator.timing.native.layout import ROW

#: Words in the fetch queue (Arm knowledge base 103488664: "Cortex-M3 has a 3-word prefetch buffer").
QUEUE_WORDS = 3
#: Fetches through the system bus are registered: one cycle more (DDI 0337I section 2.3.1, DDI 0439D section 2.3.1).
SYSTEM_BUS_FETCH = 1
LOAD, STORE = 1, 2

_FIXED, _LOAD, _STORE = int(Rule.FIXED), int(Rule.LOAD), int(Rule.STORE)
_LONG_MULTIPLY, _FLOAT, _FOLDED = int(Rule.LONG_MULTIPLY), int(Rule.FLOAT), int(Rule.FOLDED)


@inlined
def next_issue(state: Any) -> int:
    """Cycle in which the next word can be asked for: the bus is free and the queue has room."""
    return max(int(state.next_issue), int(state.taken[(state.next_word - QUEUE_WORDS) & 3]) + 1)


@inlined
def fetch_word(state: Any) -> None:
    """Ask for the next word of code and note when it can be decoded."""
    issue = next_issue(state)
    address = state.next_word << 2
    if state.code_is_flash and address >> state.line_shift == state.fetch_line:
        ready = max(issue + 1, int(state.fetch_ready))
    elif state.code_is_flash:
        ready = fetch_flash(state, address, issue)
    else:
        ready = max(issue, state.data_free - 1) + 1 + SYSTEM_BUS_FETCH + state.code_wait_states
    state.ready[state.next_word & 3] = ready
    state.next_issue = ready
    state.next_word += 1


@inlined
def fetch_up_to(state: Any, last: int) -> None:
    """Fetch until word `last` is in the queue."""
    while state.next_word <= last:
        fetch_word(state)


@inlined
def has_time(state: Any, oldest: int, until: int) -> bool:
    """The next word fits behind word `oldest`, and can be asked for before cycle `until`."""
    return bool(state.next_word < oldest + QUEUE_WORDS and next_issue(state) < until)


@native
def run_ahead(state: Any, oldest: int, until: int) -> None:
    """Fetch while execution is busy."""
    while has_time(state, oldest, until):
        fetch_word(state)


@inlined
def row_before(state: Any) -> Any:
    """The row of the instruction before."""
    return carray(pointer(state.before), (1,), ROW)[0]


@native
def jump(state: Any, target: int) -> None:
    """Empty the queue and ask for the target of a taken branch."""
    issue = state.now - 1 + row_before(state).refill
    run_ahead(state, (state.expected - 1) >> 2, issue)
    state.next_issue = max(issue, state.next_issue)
    state.next_word = target >> 2
    for word in range(4):
        state.taken[word] = issue - 1
    state.wide_next = 0


@inlined
def memory_interlock(state: Any, row: Any) -> int:
    """First cycle of execution of a load or store, by what the instruction before does to its address and the bus."""
    start = int(state.now)
    before = row_before(state)
    # 3.3.2: the load before is still in its data phase, and a load that does not need its result overlaps.
    if row.pipelines and before.rule == _LOAD and not row.address_reads & before.loads:
        start -= 1
    # 3.3.2: "an address dependent on the result of a preceding data processing operation stalls".
    elif row.address_reads & before.computes:
        start += 1
    return max(start, int(state.data_free) - 1)


@native
def fp_interlock(state: Any, row: Any) -> int:
    """DDI 0439D section 7.2.3: cycles until the unit is free, and one more to consume the result just before."""
    late = 1 if row.fp_reads & row_before(state).fp_results else 0
    return max(late, int(state.fp_busy) - int(state.now))


@native
def wide_bubble(state: Any, row: Any, address: int) -> int:
    """Published measurement: a run of three or more unaligned wide instructions, four if stores, takes one more."""
    if address != state.wide_next:
        state.wide_run = 0
        state.wide_stores = 0
    state.wide_next = address + 4
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


@inlined
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
def enter_data_region(state: Any, address: int) -> None:
    """Make the region of `address` the one that is accessed; devices and nothing are a word of fast RAM."""
    index = region_of(state, address)
    if index < 0:
        state.data_start = address
        state.data_bytes = 4
        state.data_is_flash = 0
        state.data_wait_states = 0
        return
    region = state.regions[index]
    state.data_start = region.start
    state.data_bytes = region.end - region.start
    state.data_is_flash = region.is_flash
    state.data_wait_states = region.wait_states


@native
def read_words(state: Any, address: int, words: int, issue: int) -> int:
    """Cycle after the last of some words of flash, one after the other."""
    for word in range(words):
        issue = read_flash(state, address + 4 * word, issue)
    return issue


@inlined
def unaligned_cycles(address: int, width_bytes: int) -> int:
    """3.3.2: one cycle more for each further access that an unaligned load is split into."""
    misaligned = address & (width_bytes - 1)
    if not misaligned:
        return 0
    return 2 if width_bytes == 4 and misaligned & 1 else 1


@inlined
def memory_stall(state: Any, engine: int, row: Any, start: int) -> int:
    """Cycles that the data bus adds to a load, or to whatever comes after a store."""
    issue = start + 1
    end = issue + row.words
    stall = 0
    if row.addressed:
        address = effective_address(state, engine, row)
        if row.memory == LOAD:
            stall = unaligned_cycles(address, row.width_bytes)
        if not 0 <= address - state.data_start < state.data_bytes:
            enter_data_region(state, address)
        if state.data_is_flash:
            stall += read_words(state, address, row.words, issue) - end
        else:
            stall += state.data_wait_states * row.words
    state.data_free = end + stall
    return stall


@native
def special_cycles(state: Any, engine: int, row: Any, start: int, decoded: int) -> int:
    """Cycles in the execute stage of what has no fixed number of them and no memory operand."""
    cycles = int(row.cycles)
    if row.rule == _FLOAT:
        state.fp_busy = start + row.long_cycles
        return cycles
    if row.rule == _FOLDED:
        # Assumption: an IT folds when it waits in the queue while a narrow instruction before it is decoded.
        return 0 if row_before(state).size_bytes == 2 and decoded <= state.start else cycles
    return operand_cycles(state, engine, row)


@inlined
def issue(state: Any, engine: int, row: Any, row_address: int, address: int, executed: bool) -> None:
    """Move the clock over one instruction; one that its IT skips costs a cycle and touches no memory."""
    start = int(state.now)
    if executed and row.memory:
        start = memory_interlock(state, row)
    if executed and row.fp:
        start += fp_interlock(state, row)
    if row.wide_unaligned:
        start += wide_bubble(state, row, address)
    oldest = address >> 2
    after = address + row.size_bytes
    last = (after - 1) >> 2
    fetch_up_to(state, last)
    ready = int(state.ready[last & 3])
    start = max(start, ready + 1)
    if after >> 2 > oldest:
        state.taken[oldest & 3] = max(ready, state.start)
    cycles = 1
    if executed:
        cycles = int(row.cycles)
        if row.memory:
            # What the fetch unit asked for before has the flash first.
            if has_time(state, after >> 2, start):
                run_ahead(state, after >> 2, start)
            stall = memory_stall(state, engine, row, start)
            # The write buffer takes a single store: it delays nothing but the next access (data_free).
            cycles += 0 if row.rule == _STORE else stall
        elif row.rule != _FIXED:
            cycles = special_cycles(state, engine, row, start, ready)
    state.before = row_address if executed else state.nothing
    state.start = start
    state.now = start + cycles
    state.expected = after
    state.instructions += 1


@inlined
def flow(state: Any, row: Any, row_address: int, address: int) -> bool:
    """What `issue` does, for a simple instruction that follows the one before; False, and nothing done, for others.

    Most instructions are simple: this is here for speed alone.
    """
    if not row.simple or address != state.expected:
        return False
    after = address + row.size_bytes
    oldest = address >> 2
    last = (after - 1) >> 2
    if state.next_word <= last:
        fetch_up_to(state, last)
    ready = int(state.ready[last & 3])
    start = max(int(state.now), ready + 1)
    if after >> 2 > oldest:
        state.taken[oldest & 3] = max(ready, int(state.start))
    state.before = row_address
    state.start = start
    state.now = start + row.cycles
    state.expected = after
    state.instructions += 1
    return True
