"""Functions written with the assembler: registers, encodings, sizes, loops, slots, and the text that people read."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scons_tinyml.records.errors import InternalError
from scons_tinyml.stages.lowering.thumb.assembler import Assembler, is_modified
from support.effort import examples
from support.routines import DSP_CORES, assemble, int32

WORDS = st.integers(-(2**31), 2**32 - 1) | st.sampled_from(
    [0, 255, 256, 0xFF00FF00, 0xFF81FF81, -1, -256, 4095]
)


def copying(count: int, fpu: bool) -> Assembler:
    """A function that copies `count` words, with the counter in a slot."""
    asm = Assembler("Copies words", ("const int32_t *from", "int32_t *to"), fpu=fpu)
    source, target = asm.arguments
    with asm.using("word") as (word,), asm.loop("words", count, asm.slot("counter"), align=16):
        asm.comment("one word a turn")
        asm("ldr", word, asm.after(source, 4))
        asm("str", word, asm.after(target, 4))
    return asm


def test_a_listing_is_readable() -> None:
    assert copying(3, fpu=True).finish("copy").text == (
        """\
/* Copies words
 * 44 bytes of code, 4 bytes of stack, 24 in the loop 'words'. Registers have the names of what they hold. */
__attribute__((naked, aligned(32)))
void copy_aa56b863e974(const int32_t *from __attribute__((unused)), int32_t *to __attribute__((unused)))
{
    __asm volatile(
        "    str.w lr, [sp, #-4]!\\n"
        "from .req r0\\n"
        "to .req r1\\n"
        "word .req r2\\n"
        "words_left .req r3\\n"
        "    mov.w words_left, #3\\n"
        "    vmov s0, words_left\\n"
        ".unreq words_left\\n"
        ".balign 16\\n"
        ".Lcopy_aa56b863e974_words:\\n"
        /* one word a turn */
        "    ldr.w word, [from], #4\\n"
        "    str.w word, [to], #4\\n"
        "words_left .req r3\\n"
        "    vmov words_left, s0\\n"
        "    subs.w words_left, words_left, #1\\n"
        "    vmov s0, words_left\\n"
        ".unreq words_left\\n"
        "    bne.w .Lcopy_aa56b863e974_words\\n"
        ".unreq word\\n"
        ".unreq from\\n"
        ".unreq to\\n"
        "    ldr.w pc, [sp], #4\\n"
    );
}
"""
    )


@pytest.mark.parametrize("core", DSP_CORES, ids=lambda core: core.name)
@pytest.mark.parametrize("fpu", [False, True])
@pytest.mark.parametrize("count", [1, 2, 70_000])
def test_loops_run_as_often_as_they_say(tmp_path: Path, core, fpu: bool, count: int) -> None:
    made = copying(count, fpu).finish("copy")
    given = np.arange(count, dtype=np.int32)
    found = assemble(made.code, tmp_path, core).run(given, np.zeros_like(given))
    np.testing.assert_array_equal(found[1], given)
    assert made.loops == ({} if count == 1 else {"words": 24})


def test_stack_counts_what_is_pushed_and_slots() -> None:
    assert [copying(2, fpu).finish("copy").stack_bytes for fpu in (True, False)] == [4, 8]
    asm = Assembler("Uses r4", ())
    with asm.using(*(f"one_{letter}" for letter in "abcde")) as registers:
        asm("mov", registers[-1], 1)
    assert asm.finish("five").stack_bytes == 8


@settings(max_examples=examples(10), deadline=None)
@given(st.lists(st.tuples(WORDS, WORDS), min_size=1, max_size=60))
def test_constants_and_sums_are_what_they_say(tmp_path_factory: pytest.TempPathFactory, pairs) -> None:
    asm = Assembler("Writes numbers", ("int32_t *to",))
    (target,) = asm.arguments
    with asm.using("first", "second") as (first, second):
        for value, step in pairs:
            asm.constant(first, value)
            asm.add_constant(second, int(int32([step])[0]), first)
            asm("str", first, asm.after(target, 4))
            asm("str", second, asm.after(target, 4))
    made = asm.finish("numbers")
    built = assemble(made.code, tmp_path_factory.mktemp("numbers"))
    (found,) = built.run(np.zeros(2 * len(pairs), np.int32))
    expected = int32([number for value, step in pairs for number in (value, value + step)])
    np.testing.assert_array_equal(found, expected)
    assert built.code_bytes == made.code_bytes


def test_every_encoding_has_the_size_that_is_counted(tmp_path: Path) -> None:
    asm = Assembler("All kinds of instructions", ("int32_t *at",), fpu=True)
    (base,) = asm.arguments
    with asm.using("a_x", "b_x", "c_x", "d_x") as (a, b, c, d):
        for name in ("add", "sub", "and", "orr", "eor", "bic", "adds", "subs", "lsl", "asr", "ror", "mul"):
            asm(name, a, b, c)
        for name in ("smuad", "smulbb", "smultt", "smmulr", "smmul", "sadd16", "ssub16", "uadd8", "sel"):
            asm(name, a, b, c)
        for name in ("sxtab16", "uxtab16", "sxtah", "qadd16", "shadd16", "qadd", "qdadd", "udiv", "sdiv"):
            asm(name, a, b, c)
        for name in (
            "smlad",
            "smladx",
            "smlabb",
            "smlatt",
            "smlawb",
            "smmla",
            "smmlar",
            "mla",
            "mls",
            "usada8",
        ):
            asm(name, a, b, c, d)
        for name in ("smlald", "smull", "umull", "smlal"):
            asm(name, a, b, c, d)
        for name in (
            "sxtb16",
            "uxtb16",
            "sxtb",
            "uxtb",
            "sxth",
            "uxth",
            "mov",
            "mvn",
            "clz",
            "rbit",
            "cmp",
            "tst",
        ):
            asm(name, a, b)
        asm("pkhbt", a, b, c, "lsl #16")
        asm("pkhtb", a, b, c, "asr #16")
        asm("ssat", a, 8, b, "asr #3")
        asm("usat", a, 8, b)
        asm("ssat16", a, 8, b)
        asm("sbfx", a, b, 3, 8)
        asm("bfi", a, b, 3, 8)
        for name in ("ldr", "str", "ldrb", "strb", "ldrh", "strh", "ldrsb", "ldrsh"):
            asm(name, a, asm.at(base, 4))
            asm(name, a, asm.after(base, -4))
            asm(name, a, asm.before(base, 8))
        for name in ("ldr.n", "str.n"):
            asm(name, a, asm.at(base, 124))
        asm("ldrd", a, b, asm.at(base, 8))
        asm("strd", a, b, asm.at(base, 8))
        asm("cmp", a, 3)
        asm("it", "lt")
        asm("movlt", a, 3)
        asm.load_multiple(base, (a, b, c))
        asm.load_multiple(base, (a, d), step=False)
        asm.store_multiple(base, (a, b))
        slots = [asm.slot(f"slot_{number}") for number in range(18)]
        for slot in slots:
            asm.save(slot, a)
            asm.load(b, slot)
        end = asm.label("end", 8)
        asm("beq", end)
    made = asm.finish("all")
    assert assemble(made.code, tmp_path).code_bytes == made.code_bytes
    assert made.stack_bytes == 4 * 2 + 4 * 2


def test_registers_are_checked() -> None:
    asm = Assembler("Wrong", ("int32_t *at",))
    (at,) = asm.arguments
    value = asm.take("value")
    for name in ("at", "r4", "s0", "acc0", "Value", "two words", "sp"):
        with pytest.raises(InternalError, match=f"'{name}'"):
            asm.take(name)
    other = asm.take("other", 12)
    with pytest.raises(InternalError, match="registers other, value do not ascend"):
        asm.load_multiple(at, (other, value))
    asm.release(value)
    with pytest.raises(InternalError, match="register 'value' is used after its release"):
        asm("mov", value, 1)
    with pytest.raises(InternalError, match="register 'value' is used after its release"):
        asm.release(value)
    asm.take_all(*(f"more_{letter}" for letter in "abcdefghijkl"))
    with pytest.raises(InternalError, match="no register is left for 'last': they hold at, other, more_a"):
        asm.take("last")


def test_what_no_encoding_has_is_refused() -> None:
    asm = Assembler("Wrong", ("int32_t *at",))
    (at,) = asm.arguments
    for offset in (-256, 4096):
        with pytest.raises(InternalError, match=f"offset {offset} of 'at' fits no encoding"):
            asm.at(at, offset)
    with pytest.raises(InternalError, match="a step of 256 bytes"):
        asm.after(at, 256)
    with pytest.raises(InternalError, match="a step of -256 bytes"):
        asm.before(at, -256)
    with pytest.raises(InternalError, match="has 5 arguments, at most 4 fit"):
        Assembler("Wrong", [f"int32_t *at_{number}" for number in range(5)])
    with pytest.raises(InternalError, match="cannot be a comment"):
        asm.comment("ends */ here")
    asm.label("once")
    with pytest.raises(InternalError, match="label 'once' is there twice"):
        asm.label("once")
    asm("b", asm.forward("later"))
    with pytest.raises(InternalError, match="label 'later' is jumped to, and nowhere"):
        asm.finish("wrong")


def test_names_are_those_of_the_text() -> None:
    assert copying(3, fpu=True).finish("copy").function == copying(3, fpu=True).finish("copy").function
    assert len({copying(count, fpu=True).finish("copy").function for count in (1, 2, 3)}) == 3


@pytest.mark.parametrize(
    ("has", "words"),
    [
        (True, (0, 0xFF, 0x1FE, 0x7F8, 0xFF000000, 0xAB00AB00, 0xABABABAB, 0x00AB00AB)),
        (False, (0x101, 0x1FF, 0xAB0000AB)),
    ],
)
def test_modified_numbers(has: bool, words: tuple[int, ...]) -> None:
    assert {is_modified(word) for word in words} == {has}
