"""Schedule for one row of activations: four outputs at a time, and every weight is read once, in order."""

from __future__ import annotations

from collections.abc import Sequence

from _blocks import emit_expansion, emit_quad_loop, emit_requantization, unrolled
from _product import ARGUMENTS, WORD_BYTES, Geometry, Product

from scons_tinyml.stages.lowering.thumb.assembler import Assembler
from scons_tinyml.stages.lowering.thumb.raw_pairs import EXPANDED_BYTES, emit_products
from scons_tinyml.stages.lowering.thumb.registers import Register
from scons_tinyml.stages.lowering.thumb.routine import Routine

_GROUP = 4
"""Outputs at a time: their sums and weights, x, z, three pointers and a counter are 14 registers."""
_TURN = 8
"""Quads in a turn of the loop, 592 bytes: with the requantization it stays in an instruction cache of 1 KiB."""


def groups(channels: int) -> list[range]:
    """Return the channels of each group; the last one has the rest."""
    return [range(first, min(first + _GROUP, channels)) for first in range(0, channels, _GROUP)]


def row_routine(product: Product, *, fpu: bool) -> Routine:
    asm = Assembler(f"{product.channels} outputs of {product.depth} inputs, one row", ARGUMENTS, fpu=fpu)
    source, weights, output, expanded = asm.arguments
    emit_expansion(asm, source, expanded, product.depth, Geometry(1, 1))
    asm.add_constant(expanded, -EXPANDED_BYTES * product.quads)
    asm.release(source)
    whole, rest = divmod(product.channels, _GROUP)
    if whole:
        groups = asm.slot("groups")
        with asm.using("turns") as (turns,), asm.loop("group", whole, groups, turns):
            _emit_group(asm, product, (weights, output, expanded, turns), _GROUP)
    if rest:
        with asm.using("turns") as (turns,):
            _emit_group(asm, product, (weights, output, expanded, turns), rest)
    return asm.finish("row")


def _emit_group(asm: Assembler, product: Product, registers: Sequence[Register], count: int) -> None:
    """Compute the next `count` outputs."""
    weights, output, expanded, turns = registers
    letters = "abcd"[:count]
    asm.comment(f"{count} outputs: sums begin with 256 * (bias - offsets)")
    sums = asm.take_all(*(f"sum_{letter}" for letter in letters))
    taken = asm.take_all(*(f"weights_{letter}" for letter in letters), "x", "z")
    *words, x, z = taken
    for value in sums:
        asm("ldr", value, asm.after(weights, WORD_BYTES))

    def quad(number: int) -> None:
        for position, word in enumerate(words):
            asm("ldr", word, asm.at(weights, WORD_BYTES * (count * number + position)))
        asm("ldr", x, asm.at(expanded, EXPANDED_BYTES * number))
        asm("ldr", z, asm.at(expanded, EXPANDED_BYTES * number + WORD_BYTES))
        for word, value in zip(words, sums, strict=True):
            emit_products(asm, word, [(x, z)], [value])

    asm.comment("sum += w * x + w0 * z = 256 * (w1 * (a1 - 127) + w0 * a0), two lanes a word")
    steps = ((expanded, EXPANDED_BYTES), (weights, WORD_BYTES * count))
    emit_quad_loop(
        asm, f"quads_{count}", product.quads, unrolled(product.quads, _TURN), turns, None, steps, quad
    )
    asm.add_constant(expanded, -EXPANDED_BYTES * product.quads)
    emit_requantization(asm, product, weights, [(value,) for value in sums], taken)
    for position, value in enumerate(sums):
        asm("strb", value, asm.at(output, position))
    asm.add_constant(output, count)
    asm.release(*sums, *taken)
