"""Another order of instructions, for cores that issue two a cycle, gives the same registers and memory."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scons_tinyml.emulator.timing import timing_for
from scons_tinyml.stages.lowering.thumb.assembler import Assembler
from scons_tinyml.stages.lowering.thumb.pairing import Kind, order, paired, parsed
from scons_tinyml.stages.lowering.thumb.routine import Routine
from support.effort import examples
from support.routines import CORES, assemble

CORTEX_M7 = next(core for core in CORES if core.name == "cortex-m7")
NAMES = [f"value_{number}" for number in range(7)]
TEMPLATES = [
    *(f"{name} {{0}}, {{1}}, {{2}}, {{3}}" for name in ("smlad", "smlabt", "mla", "mls", "smmla", "smlawb")),
    *(
        f"{name} {{0}}, {{1}}, {{2}}"
        for name in ("smuad", "smmul", "mul", "smulbb", "add", "sub", "orr", "eor")
    ),
    *(f"{name} {{0}}, {{4}}, {{1}}, {{2}}" for name in ("smull", "umull", "smlal", "umlal", "smlald")),
    *(
        f"{name} {{0}}, {{1}}, {{2}}"
        for name in ("ssub8", "usub8", "sadd16", "qadd16", "sel", "pkhbt", "sxtab16")
    ),
    *(f"{name} {{0}}, {{1}}" for name in ("sxtb16", "uxtb16", "sxth", "uxtb", "clz", "rev", "mov", "mvn")),
    *("ssat {0}, #8, {1}", "ssat {0}, #9, {1}, asr #3", "usat16 {0}, #7, {1}", "sbfx {0}, {1}, #3, #9"),
    *(
        "add {0}, {1}, {2}, asr #31",
        "lsl {0}, {1}, #3",
        "and {0}, {1}, #255",
        "movw {0}, #466",
        "movt {0}, #46",
    ),
    *(
        "bfi {0}, {1}, #4, #8",
        "pkhtb {0}, {1}, {2}, asr #16",
        "sxtab16 {0}, {1}, {2}, ror #8",
        "rsb {0}, {1}, #5",
    ),
    *("adds {0}, {1}, {2}", "subs {0}, {1}, #1", "cmp {0}, {1}", "tst {0}, #4", "adc {0}, {1}, {2}"),
    *("ldr {0}, [from, #8]", "ldr {0}, [from, #12]", "ldr {0}, [from], #4", "ldrb {0}, [from, #3]"),
    *(
        "ldrsh {0}, [from, #6]",
        "ldr {0}, [to, #4]",
        "str {0}, [to, #4]",
        "str {0}, [to], #4",
        "strb {0}, [to, #1]",
    ),
    *("strh {0}, [to, #2]!", "ldr {0}, [to]"),
]
WIDTH_BYTES = 256


@st.composite
def instructions(draw: st.DrawFn) -> list[str]:
    """Up to 30 instructions, of which the address of what is stored and loaded moves by less than WIDTH_BYTES."""
    found = []
    for template in draw(st.lists(st.sampled_from(TEMPLATES), min_size=3, max_size=30)):
        first, *rest = draw(st.permutations(NAMES))
        repeated = [draw(st.sampled_from(NAMES)) for _ in range(3)]
        found.append(template.format(first, *repeated, rest[0]))
    return found


def routine(lines: list[str]) -> Routine:
    """All registers are read from `from`, and written to `to` behind the instructions, with the flags."""
    asm = Assembler("Runs instructions", ("const int32_t *from", "int32_t *to", "int32_t *results"))
    source, target, results = asm.arguments
    registers = asm.take_all(*NAMES)
    asm.load_multiple(source, registers)
    asm("msr", "APSR_nzcvqg", registers[0])
    for line in lines:
        name, _, operands = line.partition(" ")
        asm(name, *(operand.strip() for operand in operands.split(", ")))
    asm.store_multiple(results, registers)
    asm("mrs", registers[0], "APSR")
    asm("str", registers[0], asm.after(results, 4))
    for register in (source, target):
        asm("str", register, asm.after(results, 4))
    return asm.finish("run")


@settings(max_examples=examples(40), deadline=None)
@given(instructions(), st.integers(0, 2**32 - 1))
def test_results_stay(tmp_path_factory: pytest.TempPathFactory, lines: list[str], seed: int) -> None:
    random = np.random.default_rng(seed)
    arrays = [random.integers(-(2**31), 2**31, size).astype(np.int32) for size in (WIDTH_BYTES // 4,) * 2]
    arrays.append(np.zeros(len(NAMES) + 3, np.int32))
    folder = tmp_path_factory.mktemp("pairing")
    code = routine(lines).code
    other = replace(code, text=paired(code.text))
    assert sorted(other.text.split("\n")) == sorted(code.text.split("\n"))
    wanted = assemble(code, folder, CORTEX_M7).run(*arrays)
    found = assemble(other, folder, CORTEX_M7).run(*arrays)
    moving = 0xF80F_0000  # the flags: N, Z, C, V, Q and GE
    for one, two in zip(wanted, found, strict=True):
        np.testing.assert_array_equal(one[:8], two[:8])
        np.testing.assert_array_equal(one[8:], two[8:])
    assert (int(wanted[2][7]) & moving) == (int(found[2][7]) & moving)


def test_a_product_of_words_fills_both_slots() -> None:
    """Two products of 16 bits for each word, an extension and a load: two cycles a word, two instructions each."""
    lines = []
    for number in range(8):
        lines += [f"ldr w_{name}, [weights, #{16 * number + 4 * at}]" for at, name in enumerate("abcd")]
        for name in "abcd":
            lines += [f"smlad s_{name}, w_{name}, x, s_{name}", f"sxtb16 w_{name}, w_{name}"]
            lines.append(f"smlad s_{name}, w_{name}, z, s_{name}")
    found = [parsed(line) for line in lines]
    kinds = [found[number].kind for number in order([one for one in found if one])]  # type: ignore[union-attr]
    middle = kinds[32:-32]
    pairs = [set(middle[at : at + 2]) for at in range(0, len(middle), 2)]
    alone = sum(Kind.PRODUCT not in pair for pair in pairs)
    assert alone <= len(pairs) // 8


@pytest.mark.parametrize(
    "text",
    [
        *("bne .Lloop", "it gt", "movgt r0, r1", "ldm r0, {r1, r2}", "ldrd r0, r1, [r2]", "push {r4, lr}"),
        *(
            "ldr r0, [sp, #4]",
            "str r0, [sp]",
            "vmov s0, r0",
            "msr APSR_nzcvq, r0",
            "ldr r0, [r1, r2]",
            "cbz r0, 1f",
        ),
    ],
)
def test_what_is_not_known_stays_where_it_is(text: str) -> None:
    assert parsed(text) is None


def test_a_core_without_dual_issue_keeps_the_order_of_the_generator() -> None:
    """The model of the core says which one issues two: only that one is paired."""
    from scons_tinyml.records.cores import core, names

    assert [name for name in names() if core(name).issues_two] == ["cortex-m7"]
    assert timing_for("cortex-m7").version
