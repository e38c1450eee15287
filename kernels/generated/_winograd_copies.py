"""Copies and fills of any length, for places that may not be aligned to words, and stores far from each other."""

from __future__ import annotations

from collections.abc import Sequence

from _blocks import LOOP_ALIGNMENT_BYTES, emit_copy
from _winograd import WORD_BYTES

from scons_tinyml.stages.lowering.thumb.assembler import Assembler
from scons_tinyml.stages.lowering.thumb.registers import Register

LARGEST_OFFSET = 4095
"""Of loads and stores."""
_AT_ONCE = 4


def emit_row_copy(asm: Assembler, source: Register, target: Register, size: int, *, aligned: bool) -> None:
    """Copy `size` bytes, and move both pointers behind them."""
    if aligned:
        emit_copy(asm, source, target, size // WORD_BYTES, "row_copy")
        return
    turns, rest = divmod(size, _AT_ONCE * WORD_BYTES)
    with asm.using("left", *(f"word_{letter}" for letter in "abcd"[:_AT_ONCE])) as (left, *words):
        if turns:
            with asm.loop("row_copy", turns, left, align=LOOP_ALIGNMENT_BYTES):
                for word in words:
                    asm("ldr", word, asm.after(source, WORD_BYTES))
                for word in words:
                    asm("str", word, asm.after(target, WORD_BYTES))
        for _ in range(rest // WORD_BYTES):
            asm("ldr", words[0], asm.after(source, WORD_BYTES))
            asm("str", words[0], asm.after(target, WORD_BYTES))
        for _ in range(rest % WORD_BYTES):
            asm("ldrb", words[0], asm.after(source, 1))
            asm("strb", words[0], asm.after(target, 1))


def emit_fill(asm: Assembler, word: Register, target: Register, size: int, name: str) -> None:
    """Fill `size` bytes with those of `word`, four equal ones, and move the pointer behind them."""
    turns, rest = divmod(size, _AT_ONCE * WORD_BYTES)
    if turns:
        with asm.using("left") as (left,), asm.loop(f"fill_{name}", turns, left):
            for _ in range(_AT_ONCE):
                asm("str", word, asm.after(target, WORD_BYTES))
    for _ in range(rest // WORD_BYTES):
        asm("str", word, asm.after(target, WORD_BYTES))
    for _ in range(rest % WORD_BYTES):
        asm("strb", word, asm.after(target, 1))


def emit_spread(asm: Assembler, words: Sequence[Register], target: Register, step: int) -> None:
    """Store each of `words`, `step` bytes behind the one before, and move `target` a step behind the last one."""
    if step * (len(words) - 1) <= LARGEST_OFFSET:
        for number, word in enumerate(words):
            asm("str", word, asm.at(target, step * number))
        asm.add_constant(target, step * len(words))
        return
    for word in words:
        asm("str", word, asm.at(target))
        asm.add_constant(target, step)
