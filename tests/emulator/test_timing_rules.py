"""Every rule matters alone: a short sequence takes what the manual says, and something else without the rule.

Rules of the native steps are turned off by name (`TimingModel.without`); those that are costs of instructions, or
numbers of the fetch unit, are replaced. A case is measured between two labels, with the instruction after it; what
comes before it makes the fetch queue full. Sources are in the models' `rules`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from scons_tinyml.emulator.instruction import Kind
from scons_tinyml.emulator.timing import Cost, Rule, TimingModel, timed_cores, timing_for
from scons_tinyml.emulator.timing.interface import Bus, NativeRule

PROGRAM = """
start: ldr r0, =0x20000100
ldr r1, =0x20000200
ldr r2, =0x20000300
ldr r7, =0xe000ed88
ldr r3, =0x00f00000
{enable_fpu}
ldr r3, =0x20000400
ldr r6, =data
movs r4, #8
movs r5, #3
movs r7, #4
{setup}
.balign 16
nop
nop
nop
nop
before: {body}
after: mov r8, r8
beyond: mov r8, r8
1: b 1b
returns: bx lr
.ltorg
.balign 64
data: .word 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16
"""
M0PLUS, M3, M4, M33, M7 = "cortex-m0plus", "cortex-m3", "cortex-m4", "cortex-m33", "cortex-m7"
V7M = (M3, M4)
WITH_FPU = (M4, M33, M7)
CACHE = {"size": "1 KiB", "line": "32 B", "ways": 4}
Without = Callable[[TimingModel], TimingModel]


@dataclass(frozen=True)
class Case:
    """A rule, how to take it away, and cycles of `body` with it; of the nop behind it too.

    `notes` are the rules of the models that the case shows.
    """

    name: str
    cores: tuple[str, ...]
    body: str
    cycles: int | dict[str, int]
    without: Without
    setup: str = ""
    board: dict[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def native(
    rule: NativeRule,
    cores: tuple[str, ...],
    body: str,
    cycles: int | dict[str, int],
    *notes: str,
    setup: str = "",
    **board: Any,
) -> Case:
    """A rule of the native step."""
    return Case(str(rule.name), cores, body, cycles, lambda model: model.without(rule), setup, board, notes)


def cost(
    note: str,
    cores: tuple[str, ...],
    body: str,
    cycles: int,
    kinds: set[Kind],
    instead: Cost,
    setup: str = "",
    **board: Any,
) -> Case:
    """A rule that is the cost of some kinds of instructions."""

    def without(model: TimingModel) -> TimingModel:
        return replace(model, cost=lambda entry: instead if entry.kind in kinds else model.cost(entry))

    return Case(note, cores, body, cycles, without, setup, board, (note,))


def fetch(
    note: str,
    cores: tuple[str, ...],
    body: str,
    cycles: int,
    setup: str = "",
    board: Any = None,
    **numbers: Any,
) -> Case:
    """A rule that is a number of the fetch unit."""

    def without(model: TimingModel) -> TimingModel:
        return replace(model, fetch=replace(model.fetch, **numbers))

    return Case(note, cores, body, cycles, without, setup, board or {}, (note,))


LOOP = "1: subs r7, #1\n .rept 8\n mov r8, r8\n .endr\n bne 1b"
READ_LOOP = "1: ldr r4, [r6]\n ldr r4, [r6, #32]\n subs r7, #1\n bne 1b"
COPY_TO_RAM = """ldr r0, =block
ldr r1, =0x20000500
movs r2, #12
1: ldr r3, [r0]
adds r0, #4
str r3, [r1]
adds r1, #4
subs r2, #1
bne 1b
ldr r1, =0x20000501
b 2f
.balign 4
block: .rept 10
add.w r4, r4, r5
.endr
bx lr
nop
2: """

NATIVE = [
    native(NativeRule.LOAD_PIPELINING, V7M, "ldr r4, [r0]\n ldr r5, [r1]", 4, "load"),
    native(NativeRule.ADDRESS_INTERLOCK, V7M, "adds r0, #4\n ldr r4, [r0]", 5, "address of data processing"),
    native(NativeRule.DATA_BUS, V7M, "str r4, [r0]\n str r4, [r1]", 5, "data bus", ram_wait_states=2),
    native(NativeRule.DATA_BUS, V7M, "str r4, [r0]\n ldr r5, [r1]", 5, "load"),
    native(NativeRule.DATA_BUS, (M33,), "str r4, [r0]\n str r4, [r1]", 5, ram_wait_states=2),
    native(NativeRule.WRITE_BUFFER, (*V7M, M33), "str r4, [r0]\n nop.w", 3, "data bus", ram_wait_states=2),
    native(NativeRule.SPLIT_ACCESS, V7M, "ldr r4, [r0, #1]", 5, "unaligned access"),
    native(NativeRule.SPLIT_ACCESS, (M33, M7), "ldr r4, [r0, #1]\n add.w r4, r4", {M33: 6, M7: 11}),
    native(NativeRule.EARLY_END, V7M, "udiv r4, r4, r5", 6, "divide"),
    native(NativeRule.EARLY_END, (M33, M7), "udiv r4, r4, r5", 5),
    native(NativeRule.EARLY_END, (M3,), "umull r0, r1, r4, r5", 4, "long multiply"),
    native(NativeRule.IT_FOLDING, V7M, "cmp r4, r4\n it eq\n moveq r4, #1", 3, "IT"),
    native(NativeRule.FP_RESULT, (M4,), "vadd.f32 s0, s1, s2\n vadd.f32 s3, s0, s5", 4, "floating point"),
    native(NativeRule.FP_RESULT, (M33, M7), "vadd.f32 s0, s1, s2\n vadd.f32 s3, s0, s5", 4),
    native(
        NativeRule.FP_UNIT, (M4,), "vdiv.f32 s0, s1, s2\n vadd.f32 s3, s4, s5", 16, "floating-point divide"
    ),
    native(NativeRule.FP_UNIT, (M33,), "vdiv.f32 s0, s1, s2\n vadd.f32 s3, s4, s5", 16),
    native(NativeRule.RUN_AHEAD, V7M, ".rept 8\n nop\n .endr", 9, "fetch"),
    native(NativeRule.RUN_AHEAD, (M0PLUS, M33), ".rept 8\n mov r8, r8\n .endr", 9),
    native(
        NativeRule.LINE_BUFFER,
        (*V7M, M0PLUS, M33),
        ".rept 16\n mov r8, r8\n .endr",
        {M3: 17, M4: 17, M0PLUS: 22, M33: 19},
        "flash",
        wait_states=2,
    ),
    native(
        NativeRule.PREFETCH,
        (*V7M, M0PLUS, M33),
        ".rept 16\n mov r8, r8\n .endr",
        {M3: 17, M4: 17, M0PLUS: 17, M33: 18},
        "prefetch",
        wait_states=3,
        prefetch=True,
    ),
    native(
        NativeRule.PREFETCH_DATA,
        (*V7M, M0PLUS),
        "ldr r4, [r6]\n .rept 8\n mov r8, r8\n .endr\n ldr r4, [r6, #8]",
        {M3: 25, M4: 25, M0PLUS: 29},
        wait_states=4,
        prefetch=True,
        unified_cache=CACHE,
    ),
    native(
        NativeRule.PREFETCH_DATA,
        (M33,),
        "ldr r4, [r6]\n .rept 8\n mov r8, r8\n .endr\n ldr r4, [r6, #8]",
        30,
        "prefetch of data",
        wait_states=4,
        prefetch=True,
        unified_cache=CACHE,
    ),
    native(
        NativeRule.PREFETCH_YIELDS,
        (*V7M, M33),
        "ldr r4, [r6]\n .rept 12\n mov r8, r8\n .endr\n ldr r4, [r6, #32]\n mov r8, r8\n mov r8, r8",
        {M3: 47, M4: 47, M33: 48},
        "prefetch",
        wait_states=6,
        prefetch=True,
    ),
    native(
        NativeRule.INSTRUCTION_CACHE,
        (*V7M, M0PLUS, M33),
        LOOP,
        {M3: 58, M4: 58, M0PLUS: 56, M33: 54},
        "caches",
        wait_states=5,
        instruction_cache=CACHE,
    ),
    native(
        NativeRule.DATA_CACHE,
        (*V7M, M0PLUS, M33),
        READ_LOOP,
        {M3: 42, M4: 42, M0PLUS: 47, M33: 41},
        "caches",
        wait_states=5,
        instruction_cache=CACHE,
        data_cache=CACHE,
    ),
    native(
        NativeRule.DATA_REGISTER,
        (*V7M, M0PLUS, M33),
        "ldr r4, [r6]\n mov r8, r8\n ldr r5, [r6, #4]",
        {M3: 19, M4: 19, M0PLUS: 15, M33: 14},
        "flash data register",
        wait_states=5,
        instruction_cache=CACHE,
    ),
    native(NativeRule.RESULT, (M33,), "ldr r4, [r0]\n add.w r4, r5", 4),
    native(NativeRule.RESULT, (M7,), "mul r4, r5, r5\n mul r4, r4, r5", 3),
    native(NativeRule.SLOW_RESULT, (M33,), "ldr r4, [r0]\n sxtab r5, r4, r5", 4),
    native(NativeRule.SLOW_RESULT, (M7,), "mul r4, r5, r5\n ldr r4, [r0, r4]", 14),
    native(NativeRule.LATE_FLAGS, (M33,), "cmp r4, r4\n beq.w after\n nop", 5),
    native(NativeRule.PAIRS, (M33,), "adds r4, r5\n nop", 2),
    native(NativeRule.PAIRS, (M7,), "adds r4, r5\n adds r3, r5\n adds r4, r5\n adds r3, r5", 3),
    native(NativeRule.EARLY_STAGE, (M7,), "add.w r4, r5\n add.w r4, r5\n add.w r4, r5\n add.w r4, r5", 3),
    native(NativeRule.PREDICTION, (M7,), "cmp r4, r4\n beq after\n nop\n nop", 16),
    native(NativeRule.FP_SUMS, (M7,), "vfma.f32 s0, s1, s2\n vadd.f32 s3, s4, s5", 5, "multiply-accumulate"),
    native(NativeRule.FP_SUMS, (M33,), "vfma.f32 s0, s1, s2\n vldr s3, [r0]", 5, "multiply-accumulate"),
]
_ONE, _TWO = Cost(), Cost(cycles=2)
_LOAD = Cost(cycles=2, rule=Rule.LOAD, pipelines=True)
COSTS = [
    cost("data processing", V7M, "adds r4, r5\n mul r4, r5, r4", 3, {Kind.DATA, Kind.MULTIPLY}, _TWO),
    cost("multiply-accumulate", (M3,), "mla r3, r4, r5, r4", 3, {Kind.MULTIPLY_ACCUMULATE}, _ONE),
    cost("multiply-accumulate", (M4,), "mla r3, r4, r5, r4", 2, {Kind.MULTIPLY_ACCUMULATE}, _TWO),
    cost("branch", V7M, "b after\n nop\n nop\n .balign 4", 3, {Kind.BRANCH}, Cost(refill=1)),
    cost(
        "late branch",
        V7M,
        "bx r3\n nop\n .balign 4",
        4,
        {Kind.BRANCH_INDIRECT},
        Cost(),
        setup="ldr r3, =after + 1",
    ),
    cost("late branch", V7M, "cbnz r4, after\n nop\n nop\n .balign 4", 4, {Kind.BRANCH}, Cost()),
    cost("branch", V7M, "bl returns", 5, {Kind.BRANCH_INDIRECT}, Cost(refill=1)),
    cost("load with write-back", (M3,), "ldr r4, [r0], #4\n ldr r5, [r1]", 5, {Kind.LOAD}, _LOAD),
    cost(
        "return from memory",
        V7M,
        "pop {pc}\n nop\n .balign 4",
        5,
        {Kind.LOAD_MULTIPLE},
        Cost(cycles=2, rule=Rule.LOAD_MULTIPLE),
        setup="ldr r3, =after + 1\n push {r3}",
    ),
    cost(
        "table branch",
        V7M,
        "tbb [pc, r5]\n .byte 2, 0\n .balign 4",
        7,
        {Kind.TABLE_BRANCH},
        Cost(cycles=2, rule=Rule.LOAD, refill=2, pipelines=True),
        setup="movs r5, #0",
    ),
    cost("store", V7M, "str r4, [r0, r5]", 3, {Kind.STORE}, Cost(rule=Rule.STORE)),
    cost("store", V7M, "str r4, [r0, #4]", 2, {Kind.STORE}, Cost(cycles=2, rule=Rule.STORE)),
    cost(
        "double, multiple",
        V7M,
        "ldm r0, {r3-r5}",
        5,
        {Kind.LOAD_MULTIPLE},
        Cost(cycles=3, rule=Rule.LOAD_MULTIPLE),
    ),
    cost("barrier", V7M, "dmb\n isb", 4, {Kind.BARRIER}, _ONE),
    cost("special registers", V7M, "mrs r4, primask", 3, {Kind.SPECIAL_REGISTER}, _ONE),
    fetch("fetch", V7M, "nop\n .rept 6\n ldr.w r4, [r0]\n .endr\n nop", 10, queue_words=2),
    fetch(
        "fetch",
        V7M,
        "push {r4, r5}\n .rept 3\n add.w r3, r4, r5\n .endr\n nop",
        9,
        queue_words=4,
    ),
    fetch(
        "fetch",
        V7M,
        ".rept 6\n ldr.w r4, [r0]\n mov.w r5, r4\n .endr",
        21,
        board={"wait_states": 2, "line_width_bits": 128},
        queue_words=2,
    ),
    fetch(
        "data before code",
        V7M,
        ".rept 4\n ldr.w r4, [r6, #8]\n ldr.w r5, [r6, #16]\n .endr",
        12,
        board={"prefetch": True},
        data_first=False,
    ),
    fetch(
        "branch in decode",
        V7M,
        "push {r3, r4, r5}\n b after\n .balign 32",
        8,
        board={"wait_states": 2},
        decodes_branches=False,
    ),
    fetch(
        "branch that is not taken",
        V7M,
        "cmp r4, r4\n .rept 3\n bne after\n add.w r3, r4, r5\n .endr\n add.w r3, r4, r5",
        10,
        decodes_branches=False,
    ),
    fetch("system bus fetch", V7M, "blx r1", 28, setup=COPY_TO_RAM, from_ram_cycles=0),
    fetch(
        "shared bus",
        (M0PLUS,),
        "ldr r4, [r0]\n ldm r0!, {r4, r5}\n ldr r5, [r6, #32]\n b 1f\n 1: nop\n b 1f\n 1: nop\n nop",
        19,
        board={"wait_states": 2, "line_width_bits": 32},
        bus=Bus.OWN,
    ),
    fetch(
        "shared bus",
        (M33,),
        "str r4, [r0]\n .rept 2\n ldr r5, [r6, #32]\n .endr\n mov r8, r8\n ldr r4, [r6]\n str r4, [r0]",
        10,
        board={"wait_states": 1},
        bus=Bus.OWN,
    ),
]
CASES = [(core, case) for case in (*NATIVE, *COSTS) for core in case.cores]
#: Rules of a core that no case can show here: where they are tested instead.
ELSEWHERE = {
    "exception entry": "test_exceptions.py",
    "next cache line": "test_timing_memory.py",
    "level-1 caches": "test_timing_m7.py",
    "line fill": "test_timing_m7.py",
    "devices": "test_timing_m7.py",
}


def cycles_of(make: Any, core: str, case: Case) -> int:
    enable = "str r3, [r7]" if core in WITH_FPU else ""
    machine, image = make.load(PROGRAM.format(body=case.body, setup=case.setup, enable_fpu=enable))
    machine.run_until(image.symbol("before"))
    start = machine.cycles
    machine.run_until(image.symbol("beyond"))
    return int(machine.cycles - start)


@pytest.mark.parametrize(
    ("core", "case"), [pytest.param(core, case, id=f"{core}: {case.name}") for core, case in CASES]
)
def test_a_rule_matters(bench, make_board, core, case):
    board, model = make_board(core, **case.board), timing_for(core)
    expected = case.cycles if isinstance(case.cycles, int) else case.cycles[core]
    assert cycles_of(bench(board), core, case) == expected
    assert cycles_of(bench(board, model=case.without(model)), core, case) != expected


#: Where the native step of a core is.
STEPS = {M0PLUS: "scoreboard", M3: "three_stage", M4: "three_stage", M33: "scoreboard", M7: "dual_issue"}
ALL_STEPS = ("access", "fetch", "flash")
#: Rules that a core never comes to, and why.
UNUSED = {
    M3: {NativeRule.FP_RESULT, NativeRule.FP_UNIT},  # no FPU
    M0PLUS: {
        # Arm's table holds: a result is there when its instruction is over, and every store waits.
        NativeRule.RESULT,
        NativeRule.SLOW_RESULT,
        NativeRule.LATE_FLAGS,
        NativeRule.PAIRS,
        NativeRule.DATA_BUS,
        NativeRule.WRITE_BUFFER,
        NativeRule.PREFETCH_YIELDS,  # a data access waits for the fetch before it: the prefetch has begun
        NativeRule.FP_RESULT,  # no FPU, division or unaligned access
        NativeRule.FP_UNIT,
        NativeRule.FP_SUMS,
        NativeRule.EARLY_END,
        NativeRule.SPLIT_ACCESS,
    },
    M7: {
        NativeRule.FP_UNIT,  # what holds its unit holds the pipeline
        # Its fetch unit is another, behind an interface with caches.
        NativeRule.RUN_AHEAD,
        NativeRule.LINE_BUFFER,
        NativeRule.PREFETCH,
        NativeRule.PREFETCH_DATA,
        NativeRule.PREFETCH_YIELDS,
        NativeRule.INSTRUCTION_CACHE,
        NativeRule.DATA_CACHE,
        NativeRule.DATA_REGISTER,
    },
}


def rules_in(*modules: str) -> set[NativeRule]:
    """Rules that native sources ask for."""
    folder = Path(__import__("scons_tinyml.emulator.timing.native", fromlist=["native"]).__path__[0])
    texts = [(folder / f"{module}.py").read_text() for module in modules]
    return {rule for rule in NativeRule if any(f"NativeRule.{rule.name})" in text for text in texts)}


@pytest.mark.parametrize("core", timed_cores())
def test_every_native_rule_of_a_core_has_a_case(core):
    shown = {NativeRule[case.name] for case in NATIVE if core in case.cores}
    used = rules_in(STEPS[core], *ALL_STEPS) - UNUSED.get(core, set())
    assert shown >= used, f"no case for {used - shown}"


def test_every_native_rule_is_asked_for_somewhere():
    assert rules_in(*STEPS.values(), *ALL_STEPS) == set(NativeRule)


@pytest.mark.parametrize("core", timed_cores())
def test_every_rule_that_is_told_has_a_case(core):
    """Rules in words: those here, and those of timing_cases/<core>.toml (test_timing_instructions_table.py)."""
    told = {note.name for note in timing_for(core).rules}
    table = Path(__file__).parent / "timing_cases" / f"{core}.toml"
    in_table = (
        {case["rule"] for case in tomllib.loads(table.read_text())["case"]} if table.exists() else set()
    )
    here = {note for case in (*NATIVE, *COSTS) if core in case.cores for note in case.notes}
    assert told
    assert told - in_table - here - set(ELSEWHERE) == (
        {"double precision"} if core == M7 else set()  # test_timing_instructions_operands.py
    )


def test_a_model_without_a_rule_has_another_version():
    model = timing_for(M4)
    without = model.without(NativeRule.PREFETCH).without(NativeRule.IT_FOLDING)
    assert without.version == f"{model.version} without PREFETCH without IT_FOLDING"
    assert without.off == NativeRule.PREFETCH | NativeRule.IT_FOLDING
    assert model.off == NativeRule(0)
