"""Cortex-M7: the needs of its scoreboard for each instruction. Arm publishes no table of cycles.

Stages (LLVM, ARMScheduleM7.td, contributed by Arm): 1 addresses and shifts; 2 data processing and early data
of loads; 3 late data of loads, products, and their sum with the accumulator; 4 data to be stored. "jnk0le" is
github.com/jnk0le/random, pipeline cycle test/doc/cortex_m7.md, measured on an STM32H743; "LLVM" is that file
and ARMLatencyMutations.cpp. `cycles` is the time in which nothing else issues.
"""

from __future__ import annotations

from dataclasses import replace

from scons_tinyml.emulator.instruction import Instruction, Kind
from scons_tinyml.emulator.timing.forms import (
    Form,
    accumulator,
    form_of,
    name_of,
    reads_flags,
    sets_flags,
    shifted_register,
)
from scons_tinyml.emulator.timing.interface import Cost, Rule, RuleNote, TimingModel
from scons_tinyml.emulator.timing.pipe import Pipe, Unit

VERSION = "cortex-m7-3"

MEASURED, SCHEDULER = "measured: jnk0le cortex_m7.md", "scheduler: LLVM ARMScheduleM7.td"
BOTH = "measured: jnk0le cortex_m7.md; scheduler: LLVM ARMScheduleM7.td"

RULES = (
    RuleNote("issue", "in order, two instructions a cycle", f"DDI 0489 1.1; {SCHEDULER}"),
    RuleNote(
        "early and late", "ADD, SUB, MOV, shifts go a stage earlier when operands allow: pairs chain", BOTH
    ),
    RuleNote("shifted operands", "needed a cycle early; one shifted operand or bit field a cycle", BOTH),
    RuleNote("first only", "SIMD, extends, bit fields, reversals, CLZ: one a cycle, first of a pair", BOTH),
    RuleNote(
        "multiply", "one a cycle, not beside a store; result after 2, as accumulator 1, as address 4", BOTH
    ),
    RuleNote("load", "word: result after 1, after 2 for multiplies, addresses and shifted operands", BOTH),
    RuleNote("load of a part", "byte, halfword: result after 2", BOTH),
    RuleNote(
        "addresses", "needed in the first stage: 1 more after a late result, 3 from a load to an index", BOTH
    ),
    RuleNote(
        "two accesses", "two loads of different words of a pair, or a load and a store, a cycle", MEASURED
    ),
    RuleNote("unaligned", "load 3 more, 4 as second of a pair; store 3 more in the store buffer", MEASURED),
    RuleNote(
        "store",
        "takes a result of the same cycle; five entries wait for the cache; what is stored can be loaded at once",
        f"{BOTH}; assumed: LLVM says 4 cycles to a load of it, which compiled code hardly does",
    ),
    RuleNote(
        "double, multiple",
        "alone, two words a cycle; stores of an even number from the upper word of a pair on: 1 more",
        BOTH,
    ),
    RuleNote("fetch", "64 bits a cycle, a queue of four", "DDI 0489 1.2.3"),
    RuleNote(
        "branch", "predicted: no cycle of its own; mispredicted 8, 6 with flags three cycles old", MEASURED
    ),
    RuleNote("table branch", "alone, 2 cycles; its target is predicted as that of any jump", SCHEDULER),
    RuleNote(
        "prediction",
        "by 1024 entries, direct mapped, of a last target and two bits; without an entry straight on, B and BL 3 more",
        "DDI 0489 1.2.3 says there is such a cache; assumed: its policy, as of ARM1176 (DDI 0301 1.4); of 64, 256 and "
        "1024 entries the most came out best for eight images of the MLPerf Tiny results, by 1.4 % at most",
        fitted=True,
    ),
    RuleNote(
        "level-1 caches",
        "lines of 32 bytes, least recently used; reads allocate, writes to RAM too; the needed word comes first",
        "DDI 0489 5.9; assumed: which line makes room",
    ),
    RuleNote(
        "line fill",
        "6 cycles and the wait states of the memory; one at a time from the flash, and from RAM; a part that another "
        "read of the flash delivers comes after it; 64 bits leave the flash a cycle before it reads again",
        "the 6: fully connected network of the MLPerf Tiny results v1.1 on STM32F746 and STM32H7A3, 7 wait states; "
        "reads and beats: RM0455 (flash words of 128 bits, AXI of 64), that they do not overlap is assumed",
        fitted=True,
    ),
    RuleNote("devices", "8 cycles to a load", "assumed: two bus bridges"),
    RuleNote("divide", "alone, 2 to 12 by the bits of the quotient", "assumed: as Cortex-M4"),
    RuleNote("floating point", "result after 3; VFMA 5, VMLA 6, as accumulator 3; divide 16, root 14", BOTH),
    RuleNote(
        "multiply-accumulate",
        "behind VFMA or VMLA for 3 cycles: no VADD, VSUB, VLDM, VSTM, access of a double or VMOV of a constant; VLDR, "
        "VSTR and VMOV only as the first of a pair, and no other VFMA or VMLA beside them",
        MEASURED,
    ),
    RuleNote("double precision", "VADD 2, VMUL 5, VFMA 8, divide 30 cycles", MEASURED),
    RuleNote("system instructions", "alone, 3 cycles", SCHEDULER),
)

_SYSTEM = Cost(cycles=3, scoreboard=Pipe(Unit.ALONE))
_LATE_RESULT = frozenset({Form.PARALLEL_SATURATE, Form.SATURATE, Form.DOUBLE, Form.DIFFERENCE})
_UNITS = {
    Form.SHIFT: Unit.SHIFT,
    Form.SHIFTED: Unit.SHIFTED,
    Form.SHIFTED_LEFT: Unit.SHIFTED,
    Form.SHIFTED_CONSTANT: Unit.SHIFTED,
    Form.PARALLEL: Unit.SIMD,
    Form.PARALLEL_SATURATE: Unit.SIMD,
    Form.DIFFERENCE: Unit.SIMD,
    Form.EXTEND: Unit.SIMD,
    Form.COUNT: Unit.SIMD,
    Form.SELECT: Unit.SIMD,
    Form.SATURATE: Unit.SIMD_SHIFT,
    Form.DOUBLE: Unit.SIMD_SHIFT,
    Form.EXTEND_ADD: Unit.SIMD_SHIFT,
    Form.PACK: Unit.SIMD_SHIFT,
    Form.EXTRACT: Unit.SIMD_SHIFT,
    Form.INSERT: Unit.SIMD_SHIFT,
    Form.REVERSE: Unit.SIMD_SHIFT,
    Form.NOTHING: Unit.NONE,
}
#: Single precision: cycles to a use of the result. Use as an accumulator takes 3 for all computations.
_FP_RESULT = {"vfma": 5, "vfms": 5, "vfnma": 5, "vfnms": 5, "vmla": 6, "vmls": 6, "vnmla": 6, "vnmls": 6}
#: Double precision: cycles for which the unit is busy, the middle of measurements with different operands.
_DOUBLE_CYCLES = {Kind.FP_ARITHMETIC: 2, Kind.FP_MULTIPLY_ACCUMULATE: 8, Kind.FP_DIVIDE: 30}
_DOUBLE_MULTIPLY_CYCLES = 5


def cost(instruction: Instruction) -> Cost:
    """Return the cycles for which an instruction keeps others from issuing, and its scoreboard effect."""
    kind = instruction.kind
    if kind.name.startswith("FP_"):
        return _float(instruction)
    if kind in {Kind.LOAD, Kind.LOAD_DOUBLE, Kind.LOAD_MULTIPLE}:
        return _load(instruction)
    if kind in {Kind.STORE, Kind.STORE_DOUBLE, Kind.STORE_MULTIPLE}:
        return _store(instruction)
    if kind in {Kind.BRANCH, Kind.BRANCH_INDIRECT}:
        return Cost(scoreboard=Pipe(Unit.BRANCH, reads=(0, instruction.reads, 0, 0)))
    if kind is Kind.TABLE_BRANCH:
        return Cost(2, Rule.LOAD, scoreboard=Pipe(Unit.ALONE, reads=(instruction.reads, 0, 0, 0)))
    if kind is Kind.DIVIDE:
        pipe = Pipe(Unit.ALONE, reads=(0, instruction.reads, 0, 0), slow_reads=instruction.reads)
        return Cost(2, Rule.DIVIDE, long_cycles=12, scoreboard=pipe)
    if kind in {Kind.BARRIER, Kind.SPECIAL_REGISTER} or name_of(instruction) == "vmrs":
        return _SYSTEM
    return Cost(
        scoreboard=_multiply(instruction) if form_of(instruction) is Form.MULTIPLY else _data(instruction)
    )


def _multiply(instruction: Instruction) -> Pipe:
    into = accumulator(instruction)
    factors = instruction.reads & ~into
    return Pipe(
        Unit.MULTIPLY,
        result=3,
        reads=(0, factors, into, 0),
        late_for_first=True,
        slow_reads=factors,
        sets_flags=sets_flags(instruction),
    )


def _data(instruction: Instruction) -> Pipe:
    form, early = form_of(instruction), shifted_register(instruction)
    if name_of(instruction) == "pkhtb":
        early = instruction.reads
    other = instruction.reads & ~early
    pipe = Pipe(
        _UNITS.get(form, Unit.ALU),
        result=2,
        reads=(early, other, 0, 0),
        sets_flags=sets_flags(instruction),
        reads_flags=reads_flags(instruction),
    )
    if form in {Form.SUM, Form.SHIFT}:
        return replace(pipe, hoists=True)
    if form is Form.REVERSE:
        return replace(pipe, result=1, late_for_first=True)
    if form in _LATE_RESULT:
        return replace(pipe, result=3)
    return replace(pipe, slow_reads=other if early else 0)


def _index(instruction: Instruction) -> int:
    """Return the mask of the index register, which a word load delivers a cycle too late."""
    memory = instruction.memory
    return 0 if memory is None or memory.index is None else 1 << memory.index


def _load(instruction: Instruction) -> Cost:
    words, memory = instruction.registers, instruction.memory
    narrow = memory is not None and memory.width_bytes < 4
    cycles = (words + 1) // 2
    alone = words > 1 or instruction.kind is Kind.LOAD_MULTIPLE
    pipe = Pipe(
        Unit.ALONE if alone else Unit.LOAD,
        result=3 if narrow else 1 + cycles,
        reads=(instruction.reads, 0, 0, 0),
        late_load=not narrow,
        slow_reads=_index(instruction),
        fp_result=cycles,
        fp_result_to_accumulator=2 + cycles,
        fp_after_accumulate=alone and instruction.fp_writes != 0,
    )
    return Cost(cycles, Rule.LOAD if words == 1 else Rule.LOAD_MULTIPLE, scoreboard=pipe)


def _store(instruction: Instruction) -> Cost:
    words, address = instruction.registers, instruction.address_reads
    alone = words > 1 or instruction.kind is Kind.STORE_MULTIPLE
    pipe = Pipe(
        Unit.ALONE if alone else Unit.STORE,
        reads=(address, 0, 0, instruction.reads & ~address),
        slow_reads=_index(instruction),
        fp_after_accumulate=alone and instruction.fp_reads != 0,
    )
    return Cost((words + 1) // 2, Rule.STORE if words == 1 else Rule.STORE_MULTIPLE, scoreboard=pipe)


def _float(instruction: Instruction) -> Cost:
    name = name_of(instruction).split(".")[0]
    if instruction.kind is Kind.FP_MOVE:
        return _move(instruction)
    if "f64" in instruction.mnemonic:
        cycles = _DOUBLE_MULTIPLY_CYCLES if name in {"vmul", "vnmul"} else _DOUBLE_CYCLES[instruction.kind]
        return Cost(cycles, Rule.FLOAT, cycles, scoreboard=_busy(2 + cycles))
    if instruction.kind is Kind.FP_DIVIDE:
        cycles = 14 if name == "vsqrt" else 16
        return Cost(cycles, Rule.FLOAT, cycles, scoreboard=_busy(cycles))
    result = _FP_RESULT.get(name, 3)
    pipe = Pipe(
        Unit.FLOAT,
        fp_result=result,
        fp_result_to_accumulator=3,
        fp_after_accumulate=name in {"vadd", "vsub"},
    )
    if instruction.kind is Kind.FP_MULTIPLY_ACCUMULATE:
        pipe = replace(pipe, unit=Unit.FLOAT_ACCUMULATE, fp_accumulates=instruction.fp_writes)
    return Cost(rule=Rule.FLOAT, scoreboard=pipe)


def _busy(cycles: int) -> Pipe:
    return Pipe(Unit.FLOAT, fp_result=cycles, fp_result_to_accumulator=cycles)


def _move(instruction: Instruction) -> Cost:
    """Return the cost of a move.

    VMOV: 3 cycles into the unit; out of it as data processing. Two registers, VMRS and VMSR go alone.
    """
    both = (instruction.reads | instruction.writes).bit_count() == 2
    alone = both or name_of(instruction) in {"vmrs", "vmsr"}
    pipe = Pipe(
        Unit.ALONE if alone else Unit.FLOAT_MOVE,
        result=2,
        reads=(0, instruction.reads, 0, 0),
        fp_result=3,
        fp_result_to_accumulator=3,
        fp_after_accumulate="#" in instruction.mnemonic,
    )
    return Cost(rule=Rule.FLOAT, scoreboard=pipe)


MODEL = TimingModel(
    core="cortex-m7",
    version=VERSION,
    cost=cost,
    native="dual_issue",
    rules=RULES,
    every_access=True,
    level1=True,
)
