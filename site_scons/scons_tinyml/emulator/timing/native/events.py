"""Events that decide the cycles of running code: cache hits, kinds of memory, operands of divisions.

Events are evaluated in the order in which the model requests them. The outcome of an event is a small number.
An event changes the content of caches, never the time: the same outcomes from the same state of the pipeline
give the same cycles.
"""

from __future__ import annotations

from typing import Any

from scons_tinyml.emulator.timing.interface import Rule
from scons_tinyml.emulator.timing.native.caches import cache_access, enter_data_region, splits
from scons_tinyml.emulator.timing.native.calls import inlined, native
from scons_tinyml.emulator.timing.native.l1 import level1_outcome
from scons_tinyml.emulator.timing.native.layout import FLASH, OPERAND, RAM, TIGHT, TRACE
from scons_tinyml.emulator.timing.native.memory import record
from scons_tinyml.emulator.timing.native.predictor import prediction_outcome

#: PREDICTION is for the Cortex-M7: the result of its predictor for a branch.
LEAF, LINE, PROBE, DATA, OPERANDS, PREDICTION = 0, 1, 2, 3, 4, 5

#: 2**64 / golden ratio, as a signed number.
MIX = 0x9E3779B97F4A7C15 - (1 << 64)

#: Outcomes of DATA: the source of the data in the lowest bits, and added wait states or accesses.
#: SEQUEL: a miss of the line behind the one that missed last, where one cache is in front of code and data.
RAM_DATA, REGISTER_HIT, CACHE_HIT, CACHE_MISS, TIGHTLY, SEQUEL = 0, 1, 2, 3, 4, 5
SOURCE = 7
SPLITS_SHIFT, WAITS_SHIFT, WAITS = 4, 8, 0xFF
#: Part of an outcome of DATA: the eighth of the address space, 0 for that of RAM (ARMv7-M ARM, B3.1). Accesses whose
#: address does not matter, as stores and those of the stack, are taken to be of RAM.
SPACE_SHIFT = 16
_SPACE_BITS, _RAM_SPACE = 29, 1
SIGN = 1 << 31

_DIVIDE, _DIVIDE_BY_LENGTH = int(Rule.DIVIDE), int(Rule.DIVIDE_BY_LENGTH)
_LONG_MULTIPLY = int(Rule.LONG_MULTIPLY)
#: Outcomes of a division by the lengths of its operands: one of them is 0, the quotient is 0, lengths are
#: equal. Those above: the dividend is longer, by a bit each.
ZERO_OPERAND, SHORTER, EQUAL_LENGTHS = 0, 1, 2


@native
def data_flash(state: Any, address: int) -> int:
    """Read data of the flash through its last-read register and its data cache. Return their source."""
    wide = address >> state.register_shift
    if wide == state.register_line:
        return REGISTER_HIT
    cache = state.data_cache
    if state.unified:
        cache = state.instruction_cache
    sector = address >> cache.sector_shift
    if cache.enabled and cache_access(cache, sector, True):
        return CACHE_HIT
    state.register_line = wide
    if not state.unified:
        return CACHE_MISS
    line = address >> state.line_shift
    follows = line == state.sequel_line
    state.sequel_line = line + 1
    return SEQUEL if follows else CACHE_MISS


@inlined
def look_up(state: Any, address: int, width_bytes: int) -> int:
    """Return the source of the data of an access, and its delay: an outcome of DATA."""
    if state.level1:
        return level1_outcome(state, address, width_bytes)
    if not state.data.start <= address < state.data.end:
        enter_data_region(state, address)
    space = (address >> _SPACE_BITS) ^ _RAM_SPACE
    outcome = splits(address, width_bytes) << SPLITS_SHIFT | space << SPACE_SHIFT
    if state.data.kind == FLASH:
        return int(outcome | data_flash(state, address))
    if state.data.kind == RAM:
        return int(outcome | state.data.wait_states << WAITS_SHIFT)
    return int(outcome | TIGHTLY)


@inlined
def data_outcome(state: Any, argument: int) -> int:
    """Return the outcome of word `argument >> 16` of operand `argument & 0xffff` of the trace."""
    number = argument & 0xFFFF
    return look_up(state, state.first[number] + 4 * (argument >> 16), int(state.second[number]))


@native
def quotient_bits(dividend: int, divisor: int, signed: bool) -> int:
    """Return the bits that a division has to find; 0 when the quotient is 0 or the divisor is."""
    if signed:
        dividend = 0x100000000 - dividend if dividend & SIGN else dividend
        divisor = 0x100000000 - divisor if divisor & SIGN else divisor
    bits = 0
    while divisor and divisor << bits <= dividend:
        bits += 1
    return bits


@inlined
def bit_length(value: int) -> int:
    """Return the bits of a number."""
    bits = 0
    while value >> bits:
        bits += 1
    return bits


@native
def lengths_outcome(dividend: int, divisor: int, signed: bool) -> int:
    """Return the outcome of a division by the lengths of its operands.

    A negative divisor is as long as its complement, and makes 31 bits of the most negative dividend (cmemu).
    """
    if dividend == 0 or divisor == 0:
        return ZERO_OPERAND
    if signed and dividend & SIGN:
        dividend = 0x100000000 - dividend
    if signed and divisor & SIGN:
        divisor, dividend = 0xFFFFFFFF - divisor, min(dividend, 0x7FFFFFFF)
    longer = bit_length(dividend) - bit_length(divisor)
    return EQUAL_LENGTHS + longer if longer >= 0 else SHORTER


@native
def long_multiply_outcome(first: int, second: int, signed: bool, accumulates: bool) -> int:
    """Return the cycles that a long multiply takes for factors of more than 16 bits.

    A product of the lower half of a factor and the upper half of the other takes one each, unless it is 0.
    """
    if first == 0 or second == 0:
        return 0
    first_long = 1 if first >> 16 else 0
    second_long = 1 if second >> 16 else 0
    cycles = second_long if first & 0xFFFF else 0
    if signed and (first | second) & SIGN:
        cycles += 1
    else:
        cycles += first_long if second & 0xFFFF else 0
    return cycles + (first_long + second_long if accumulates else 0)


@inlined
def trace_at(state: Any, number: int) -> Any:
    """Return the trace `number`."""
    return record(TRACE, state.traces, number)


@inlined
def operand_at(state: Any, trace: Any, number: int) -> Any:
    """Return the operand `number` of `trace`."""
    return record(OPERAND, state.operands, trace.first_operand + number)


@native
def values_outcome(state: Any, operand: Any, number: int) -> int:
    """Return the outcome of a division or a long multiply, by its rule."""
    first, second = state.first[number], state.second[number]
    if operand.rule == _DIVIDE:
        return quotient_bits(first, second, operand.signed)
    if operand.rule == _DIVIDE_BY_LENGTH:
        return lengths_outcome(first, second, operand.signed)
    return long_multiply_outcome(first, second, operand.signed, operand.rule != _LONG_MULTIPLY)


@native
def operands_outcome(state: Any, number: int) -> int:
    """Return the outcome of OPERANDS for an operand of the pending trace."""
    return values_outcome(state, operand_at(state, trace_at(state, state.pending), number), number)


@inlined
def mixed(key: int, outcome: int) -> int:
    """Return the hash `key` extended by `outcome`."""
    key = (key ^ outcome) * MIX
    return key ^ (key >> 29)


@inlined
def words_differ(state: Any) -> bool:
    """Return whether words of an access to the region accessed last may have different outcomes."""
    return bool(state.data.kind == FLASH or (state.level1 and state.data.kind != TIGHT))


@native
def look_at_operands(state: Any, trace: Any) -> int:
    """Fill `outcomes` with those of all operands of a trace, word by word, and return their hash.

    Data caches and flash registers are changed by data alone, so all operands can be evaluated before the
    first fetch. Where fetches go through the same cache, operands are events.
    """
    slot, key = 0, 0
    for number in range(trace.operand_count):
        operand = operand_at(state, trace, number)
        if operand.words == 0:
            outcome = values_outcome(state, operand, number)
        else:
            address = state.first[number]
            outcome = look_up(state, address, int(operand.width_bytes))
            for word in range(1, operand.words if words_differ(state) else 1):
                further = look_up(state, address + 4 * word, 4)
                state.outcomes[slot + word] = further
                key = mixed(key, further)
        state.outcomes[slot] = outcome
        key = mixed(key, outcome)
        slot += max(int(operand.words), 1)
    return key


@native
def line_outcome(state: Any, line: int, fill: bool) -> int:
    """Return 1 when a line of code is in the instruction cache, else 0. With `fill` it is put there."""
    cache = state.instruction_cache
    return 1 if cache.enabled and cache_access(cache, line, fill) else 0


@inlined
def outcome_of(state: Any, event: int, argument: int) -> int:
    """Evaluate an event now, which changes the caches. Return its outcome."""
    if event == DATA:
        return data_outcome(state, argument)
    if event == OPERANDS:
        return operands_outcome(state, argument)
    if event == PREDICTION:
        return prediction_outcome(state, argument)
    return line_outcome(state, argument, event == LINE)


@native
def observe(state: Any, event: int, argument: int) -> int:
    """Return the outcome of an event that the model requests.

    An event that replay has evaluated already is not evaluated twice.
    """
    if state.log_next == state.log_end:
        state.log[state.log_end] = outcome_of(state, event, argument)
        state.log_end += 1
    outcome = state.log[state.log_next]
    state.path_events[state.log_next] = event
    state.path_arguments[state.log_next] = argument
    state.log_next += 1
    return int(outcome)


@native
def next_operand(state: Any) -> int:
    """Return the outcome of OPERANDS for the next operand of the trace."""
    outcome = observe(state, OPERANDS, state.operand) if state.unified else int(state.outcomes[state.slot])
    state.operand += 1
    state.slot += 1
    return outcome


@native
def word_of_operand(state: Any, word: int) -> int:
    """Return the outcome of DATA for a word of the model's current operand."""
    if state.unified:
        return observe(state, DATA, state.operand | word << 16)
    return int(state.outcomes[state.slot + word])


@inlined
def first_outcome(state: Any, row: Any) -> int:
    """Return the outcome of DATA for the first word of a load or store, 0 if its address does not matter."""
    return word_of_operand(state, 0) if row.addressed else 0


@inlined
def operand_done(state: Any, words: int) -> None:
    """Go on to the next operand."""
    state.operand += 1
    state.slot += words
