"""Blocks for Armv6-M: constants, loops of any length, registers that are kept, and the text that people read."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scons_tinyml.records.errors import InternalError
from scons_tinyml.stages.lowering.thumb.narrow import NarrowAssembler
from support.effort import examples
from support.narrow_blocks import assembled
from support.routines import int32

WORDS = st.integers(-(2**31), 2**32 - 1) | st.sampled_from(
    [0, 255, 256, 0x8000, 0xFF00FF, 0xFF81FF81, -1, -255, -256, 4095, 2**31]
)
VALUES = ("const int32_t *from", "int32_t *to")


def copying(count: int, words: int) -> NarrowAssembler:
    """A block that copies `count` times `words` words, with the counter in a slot."""
    asm = NarrowAssembler(VALUES)
    source, target = asm.arguments
    with asm.using("word") as (word,), asm.loop("words", count, asm.slot("counter")):
        asm.comment("one turn")
        for _ in range(words):
            asm.load_words(source, [word])
            asm("stmia", f"{target}!", f"{{{word}}}")
            asm.island()
    return asm


def test_a_listing_is_readable() -> None:
    block = copying(3, 1).block(("input", "output + 4"), "copy")
    assert (block.code_bytes, block.stack_bytes) == (46, 36)
    assert "\n".join(block.lines) == (
        """\
{
    register const int32_t *block_from __asm("r0") = input;
    register int32_t *block_to __asm("r1") = output + 4;
    __asm volatile(
        ".syntax unified\\n"
        "    push {r4-r7}\\n"
        "    mov r4, r8\\n"
        "    mov r5, r9\\n"
        "    mov r6, r10\\n"
        "    mov r7, r11\\n"
        "    push {r4-r7}\\n"
        "    sub sp, #4\\n"
        "from .req r0\\n"
        "to .req r1\\n"
        "word .req r2\\n"
        "words_left .req r3\\n"
        "    movs words_left, #3\\n"
        "    str words_left, [sp, #0]\\n"
        ".unreq words_left\\n"
        ".balign 4\\n"
        ".Lcopy_%=_words:\\n"
        /* one turn */
        "    ldmia from!, {word}\\n"
        "    stmia to!, {word}\\n"
        "words_left .req r3\\n"
        "    ldr words_left, [sp, #0]\\n"
        "    subs words_left, words_left, #1\\n"
        "    str words_left, [sp, #0]\\n"
        ".unreq words_left\\n"
        "    bne .Lcopy_%=_words\\n"
        ".unreq word\\n"
        ".unreq from\\n"
        ".unreq to\\n"
        "    add sp, #4\\n"
        "    pop {r4-r7}\\n"
        "    mov r8, r4\\n"
        "    mov r9, r5\\n"
        "    mov r10, r6\\n"
        "    mov r11, r7\\n"
        "    pop {r4-r7}\\n"
        : "+r"(block_from), "+r"(block_to) : : "r2", "r3", "r12", "lr", "cc", "memory"
    );
}"""
    )


@pytest.mark.parametrize("words", [1, 56, 57, 58, 59, 60, 61, 120, 400, 480, 960, 2000])
def test_loops_jump_as_far_as_they_have_to(tmp_path: Path, words: int) -> None:
    values = np.arange(3 * words, dtype=np.int32) * 77_777
    built = assembled(copying(3, words), VALUES, tmp_path)
    given_again, copied = built.run(values, np.zeros_like(values))
    np.testing.assert_array_equal(given_again, values)
    np.testing.assert_array_equal(copied, values)


@settings(max_examples=examples(5), deadline=None)
@given(st.lists(WORDS, min_size=8, max_size=8))
def test_constants_and_sums_with_them(tmp_path_factory: pytest.TempPathFactory, words: list[int]) -> None:
    """Each constant, and what it gives added to the one before, in a low and in a high register."""
    asm = NarrowAssembler(VALUES)
    _, target = asm.arguments
    total, value, spare, high = (
        asm.take(name, at) for name, at in (("total", 2), ("value", 3), ("spare", 4), ("high", 10))
    )
    asm("movs", total, 0)
    asm("mov", high, total)
    for word in words:
        asm.constant(value, word)
        asm.add_any(total, word, spare)
        asm.add_any(high, word, spare)
        asm("mov", spare, high)
        asm("stmia", f"{target}!", f"{{{total}, {value}, {spare}}}")
    built = assembled(asm, VALUES, tmp_path_factory.mktemp("constants"))
    _, results = built.run(int32([0]), np.zeros((len(words), 3), np.int32))
    sums = np.cumsum(np.array(words, np.int64))
    expected = [int32([int(total), word, int(total)]) for total, word in zip(sums, words, strict=True)]
    np.testing.assert_array_equal(results, np.stack(expected))


def test_what_no_encoding_has_is_refused() -> None:
    asm = NarrowAssembler(VALUES)
    source, target = asm.arguments
    with pytest.raises(InternalError, match="offset 128 of 'from' fits no encoding, which have 0 to 124"):
        asm.at(source, 128)
    with pytest.raises(InternalError, match="1021 takes too many additions to 'to'"):
        asm.add_constant(target, 1021)
    with pytest.raises(InternalError, match="has no other source"):
        asm.add_constant(target, 4, source)


def test_a_loop_longer_than_a_jump_needs_an_island() -> None:
    asm = NarrowAssembler(VALUES)
    source, _ = asm.arguments
    with (
        pytest.raises(InternalError, match="'long' is longer than a jump, and has no island"),
        asm.repeat("long"),
    ):
        for _ in range(1000):
            asm("adds", source, 1)


def test_a_label_that_is_missing_is_refused() -> None:
    asm = NarrowAssembler(VALUES)
    asm("b", asm.forward("end"))
    with pytest.raises(InternalError, match="label 'end' is jumped to, and nowhere"):
        asm.block(("input", "output"), "jump")
