"""Rows of an image with padding around them, in scratch."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from _blocks import LOOP_ALIGNMENT_BYTES
from _convolution import Convolution
from _product import WORD_BYTES

from scons_tinyml.stages.lowering.thumb.assembler import Assembler, Slot
from scons_tinyml.stages.lowering.thumb.raw_pairs import expanded
from scons_tinyml.stages.lowering.thumb.registers import Register

_AT_ONCE = 2
"""Quads of a store."""
_STORES = 4
"""Stores of a turn."""


def emit_expanded_padding(asm: Assembler, name: str, target: Register, zero_point: int, quads: int) -> None:
    """Store x and z of the zero point for `quads` quads from `target` on, and move it behind them."""
    asm.comment(f"x and z of the zero point, {quads} quads")
    x, z = expanded(zero_point)
    turns, rest = divmod(quads, _AT_ONCE * _STORES)
    with asm.using("x", "z", "x_again", "z_again") as values:
        for value, word in zip(values, (x, z, x, z), strict=True):
            asm.constant(value, word)
        if turns:
            with asm.using("left") as (left,), asm.loop(name, turns, left, align=LOOP_ALIGNMENT_BYTES):
                for _ in range(_STORES):
                    asm.store_multiple(target, values)
        for _ in range(rest // _AT_ONCE):
            asm.store_multiple(target, values)
        if rest % _AT_ONCE:
            asm.store_multiple(target, values[:2])


def emit_bytes(asm: Assembler, name: str, target: Register, value: Register, count: int) -> None:
    """Store the lowest byte of `value`, which is in all bytes, `count` times, and move `target` behind them."""
    turns, rest = divmod(count, WORD_BYTES)
    if turns:
        with asm.using("left") as (left,), asm.loop(name, turns, left):
            asm("str", value, asm.after(target, WORD_BYTES))
    for _ in range(rest):
        asm("strb", value, asm.after(target, 1))


def emit_byte_copy(asm: Assembler, name: str, source: Register, target: Register, count: int) -> None:
    """Copy `count` bytes, and move both behind them. Addresses may be odd."""
    words, rest = divmod(count, WORD_BYTES)
    with asm.using("left", *(f"word_{letter}" for letter in "abcd")) as (left, *taken):
        turns, single = divmod(words, len(taken))
        if turns:
            with asm.loop(name, turns, left, align=LOOP_ALIGNMENT_BYTES):
                _emit_words(asm, source, target, taken)
        _emit_words(asm, source, target, taken[:single])
        for _ in range(rest):
            asm("ldrb", left, asm.after(source, 1))
            asm("strb", left, asm.after(target, 1))


def _emit_words(asm: Assembler, source: Register, target: Register, taken: Sequence[Register]) -> None:
    for word in taken:
        asm("ldr", word, asm.after(source, WORD_BYTES))
    for word in taken:
        asm("str", word, asm.after(target, WORD_BYTES))


@contextmanager
def each_row(
    asm: Assembler,
    convolution: Convolution,
    rows: int,
    first: Slot,
    outside: Callable[[], None],
) -> Iterator[None]:
    """Run the block for `rows` rows of the padded image from that on which `first` holds, or `outside` for padding."""
    counter = asm.slot("rows")
    if not convolution.pads_rows:
        with asm.loop("row", rows, counter):
            yield
        return
    current = asm.slot("row")
    with asm.using("row") as (row,):
        asm.load(row, first)
        asm.save(current, row)
    with asm.loop("row", rows, counter):
        asm.comment("rows before the first, as numbers without sign, are behind the last")
        with asm.using("row", "height") as (row, height):
            asm.load(row, current)
            asm.constant(height, convolution.height)
            asm("cmp", row, height)
            asm.add_constant(row, 1)
            asm.save(current, row)
        asm("bhs", asm.forward("padding"))
        yield
        asm("b", asm.forward("row_is_there"))
        asm.label("padding")
        outside()
        asm.label("row_is_there")


def emit_zero_points(asm: Assembler, made: Convolution, scratch: Slot, count: int) -> None:
    """Fill the first `count` bytes of scratch with the zero point: padding beside the image stays."""
    with asm.using("padded", "zero_point") as (padded, value):
        asm.load(padded, scratch)
        asm.constant(value, made.zero_point_bytes)
        emit_bytes(asm, "zero_points", padded, value, count)
