"""Cortex-M33: costs, and the needs of its scoreboard. Arm publishes no table; the sources are measurements.

"jnk0le" is github.com/jnk0le/random, pipeline cycle test/doc/cortex_m33.md; "slothy" is the Cortex-M33 model
of the CISSA project for SLOTHY. Both measured an RP2350. Two stages matter. The first reads operands and
computes simple results. The second multiplies, accumulates, saturates, rotates second operands and takes data
from loads; it reads accumulators and data to be stored. `cycles` is the time in which nothing else issues.
"""

from __future__ import annotations

from dataclasses import replace

from scons_tinyml.emulator.instruction import Instruction, Kind
from scons_tinyml.emulator.timing.forms import Form, accumulator, form_of, reads_flags, sets_flags
from scons_tinyml.emulator.timing.interface import Bus, Cost, Fetch, Rule, RuleNote, TimingModel
from scons_tinyml.emulator.timing.pipe import Pipe, Unit

VERSION = "cortex-m33-2"

JNK0LE, SLOTHY = "measured: jnk0le cortex_m33.md", "measured: slothy cortex_m33.py"
BOTH = f"{JNK0LE}; slothy cortex_m33.py"

RULES = (
    RuleNote("issue", "in order, one instruction a cycle, except pairs of two 16-bit instructions", BOTH),
    RuleNote(
        "pairs", "NOP, IT or a branch takes no cycle behind a 16-bit instruction if it is one itself", JNK0LE
    ),
    RuleNote(
        "simple", "data processing, plain shifts, bit fields, LSL of an operand: result after 1 cycle", BOTH
    ),
    RuleNote("two stages", "multiplies, DSP, rotated operands and constants: result after 2 cycles", BOTH),
    RuleNote("accumulators", "read in the second stage: chains of accumulations do not wait", BOTH),
    RuleNote("flags late", "MULS and flag-setting operations with a rotated constant take 2 cycles", JNK0LE),
    RuleNote(
        "load", "1 cycle, result after 2; at once as accumulator of a multiply or as data of a store", BOTH
    ),
    RuleNote("store", "1 cycle; no hazard with a load behind it", SLOTHY),
    RuleNote("double, multiple", "N words take N cycles", JNK0LE),
    RuleNote(
        "branch", "taken 1 + 1, and 1 more if the instruction just before set the flags", f"derived: {BOTH}"
    ),
    RuleNote("return", "POP with PC of N words: N + 3; BX, BLX: 1 + 1", f"derived: {JNK0LE}"),
    RuleNote(
        "table branch", "TBB and TBH 5: the load, the sum, and the refill of a POP", "assumed: as POP with PC"
    ),
    RuleNote("unaligned access", "1 cycle for each further access that it takes", "derived: TRM 100230"),
    RuleNote("skipped by IT", "1 cycle, no unit, no access", JNK0LE),
    RuleNote("divide", "2 to 12 by the bits of the quotient", "assumed: as Cortex-M4; early end: TRM 100230"),
    RuleNote("floating point", "result after 2 cycles; multiply-accumulate 4, as accumulator 3", JNK0LE),
    RuleNote(
        "multiply-accumulate",
        "behind VFMA or VMLA no other instruction of the unit for 2 cycles, loads and stores neither",
        JNK0LE,
    ),
    RuleNote(
        "prefetch of data",
        "with the prefetch of the flash on, the line behind data that missed the cache is read ahead; a miss of that "
        "line takes no wait states",
        "single streams of weights in published images: without it 4.3 cycles a line too many at 4 wait states and 1.7 "
        "at 2, which is the wait states; that the flash reads ahead behind any read is assumed",
        fitted=True,
    ),
    RuleNote("floating-point divide", "14 cycles", "assumed: DDI 0439D table 7-1 (Cortex-M4)"),
)

#: P of a jump whose target is in its operands, and of one whose target comes from memory.
_KNOWN, _LOADED = 0, 2

_SECOND_STAGE = frozenset(
    {
        Form.SHIFTED,
        Form.SHIFTED_CONSTANT,
        Form.MULTIPLY,
        Form.PARALLEL,
        Form.PARALLEL_SATURATE,
        Form.SATURATE,
        Form.DOUBLE,
        Form.DIFFERENCE,
        Form.EXTEND_ADD,
        Form.PACK,
    }
)
#: Narrow MULS and wide operations with a rotated constant hold the pipeline until their flags are ready.
_LATE_FLAGS = frozenset({Form.MULTIPLY, Form.SHIFTED_CONSTANT})
_UNITS = {Form.NOTHING: Unit.NONE, Form.MULTIPLY: Unit.MULTIPLY, Form.SHIFT: Unit.SHIFT}


def cost(instruction: Instruction) -> Cost:
    """Return the cycles of an instruction at zero wait states, and its effect on the scoreboard."""
    kind = instruction.kind
    if kind.name.startswith("FP_"):
        return _float(instruction)
    if kind in {Kind.LOAD, Kind.LOAD_DOUBLE, Kind.LOAD_MULTIPLE}:
        return _load(instruction)
    if kind in {Kind.STORE, Kind.STORE_DOUBLE, Kind.STORE_MULTIPLE}:
        return _store(instruction)
    if kind in {Kind.BRANCH, Kind.BRANCH_INDIRECT}:
        return Cost(refill=_KNOWN, scoreboard=_reading(instruction, Unit.BRANCH))
    if kind is Kind.TABLE_BRANCH:
        return Cost(2, Rule.LOAD, refill=_LOADED, scoreboard=_reading(instruction, Unit.ALONE))
    if kind is Kind.DIVIDE:
        return Cost(2, Rule.DIVIDE, long_cycles=12, scoreboard=_reading(instruction, Unit.ALONE))
    if kind is Kind.BARRIER:
        isb = instruction.mnemonic.startswith("isb")
        return Cost(2 if isb else 1, scoreboard=_reading(instruction, Unit.ALONE))
    return _data(instruction)


def _reading(instruction: Instruction, unit: Unit, result: int = 1, late: int = 0) -> Pipe:
    """Return a Pipe that reads `late` registers in the second stage and the others in the first."""
    return Pipe(unit, result, (instruction.reads & ~late, late, 0, 0))


def _data(instruction: Instruction) -> Cost:
    form, flags = form_of(instruction), sets_flags(instruction)
    late = accumulator(instruction)
    pipe = _reading(instruction, _UNITS.get(form, Unit.ALU), 2 if form in _SECOND_STAGE else 1, late)
    # An extend-and-add takes its accumulator from other second stages in time, but not from a load.
    pipe = replace(pipe, slow_reads=late if form is Form.EXTEND_ADD else 0)
    pipe = replace(pipe, sets_flags=flags, reads_flags=reads_flags(instruction))
    return Cost(
        cycles=2 if flags and form in _LATE_FLAGS else 1,
        rule=Rule.FOLDED if form is Form.NOTHING and instruction.size_bytes == 2 else Rule.FIXED,
        scoreboard=pipe,
    )


def _load(instruction: Instruction) -> Cost:
    words = instruction.registers
    pipe = _reading(instruction, Unit.LOAD, words + 1)
    pipe = replace(pipe, late_load=True, fp_after_accumulate=instruction.fp_writes != 0)
    pipe = _fp_results(pipe, words, words)
    rule = Rule.LOAD if words == 1 else Rule.LOAD_MULTIPLE
    return Cost(words, rule, refill=_LOADED if instruction.writes_pc else 0, scoreboard=pipe)


def _store(instruction: Instruction) -> Cost:
    words = instruction.registers
    pipe = _reading(instruction, Unit.STORE, late=instruction.reads & ~instruction.address_reads)
    pipe = replace(pipe, fp_after_accumulate=instruction.fp_reads != 0)
    return Cost(words, Rule.STORE if words == 1 else Rule.STORE_MULTIPLE, scoreboard=pipe)


def _float(instruction: Instruction) -> Cost:
    if instruction.kind is Kind.FP_MOVE:
        return _move(instruction)
    pipe = _reading(instruction, Unit.FLOAT)
    if instruction.kind is Kind.FP_MULTIPLY_ACCUMULATE:
        pipe = replace(pipe, unit=Unit.FLOAT_ACCUMULATE, fp_accumulates=instruction.fp_writes, fp_blocks=2)
        return Cost(rule=Rule.FLOAT, long_cycles=3, scoreboard=_fp_results(pipe, 4, 3))
    if instruction.kind is Kind.FP_DIVIDE:
        return Cost(
            rule=Rule.FLOAT, long_cycles=14, scoreboard=_fp_results(replace(pipe, fp_blocks=13), 14, 14)
        )
    return Cost(rule=Rule.FLOAT, long_cycles=1, scoreboard=_fp_results(pipe, 2, 2))


def _fp_results(pipe: Pipe, cycles: int, to_accumulator: int) -> Pipe:
    return replace(pipe, fp_result=cycles, fp_result_to_accumulator=to_accumulator)


def _move(instruction: Instruction) -> Cost:
    """Return the cost of a move.

    Two singles to two core registers take 2 cycles; from one, the result comes after 2. To two singles it
    comes after 2.
    """
    from_float, to_float = instruction.writes.bit_count(), instruction.reads.bit_count()
    pipe = _reading(instruction, Unit.FLOAT_MOVE, 2 if from_float else 1)
    cycles = 2 if to_float == 2 else 1
    return Cost(
        2 if from_float == 2 else 1, Rule.FLOAT, long_cycles=1, scoreboard=_fp_results(pipe, cycles, cycles)
    )


MODEL = TimingModel(
    core="cortex-m33",
    version=VERSION,
    cost=cost,
    native="scoreboard",
    rules=RULES,
    fetch=Fetch(queue_words=4, from_ram_cycles=0, bus=Bus.FLASH_DATA),
)
