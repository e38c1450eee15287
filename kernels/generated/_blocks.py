"""Pieces of functions that products share: expanding activations, the loop over quads, requantizing and storing."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from _product import WORD_BYTES, Geometry, Product

from scons_tinyml.stages.lowering.thumb.assembler import Assembler, Slot
from scons_tinyml.stages.lowering.thumb.raw_pairs import QUAD, Expansion, emit_last_quad
from scons_tinyml.stages.lowering.thumb.registers import Register

LOOP_ALIGNMENT_BYTES = 8
"""A line of the flash: loops that begin there were up to 7 % faster."""
_LAST_LOW = 7
"""Registers up to r7 have instructions of 16 bits."""
_NARROW_BYTES, _WIDE_BYTES = 2, 4
_NARROW_OFFSET_BYTES = 124
"""Largest offset of a load of 16 bits."""
_COPIED = 8
"""Words that one turn of a copy takes."""
_AT_ONCE = 8
"""Quads that one turn of the expansion takes: 240 bytes."""


def emit_expansion(
    asm: Assembler, source: Register, target: Register, depth: int, geometry: Geometry
) -> None:
    """Expand the activations of all pixels to `target`, pixel by pixel, and move it behind them."""
    expansion = Expansion.begin(asm)
    whole, rest = divmod(depth, QUAD)
    if geometry.is_dense and not rest:
        _emit_quads(asm, expansion, source, target, whole * geometry.pixels)
    elif geometry.is_dense:
        with asm.loop("pixel", geometry.pixels, asm.slot("pixels")):
            _emit_pixel(asm, expansion, source, target, depth)
    else:
        _emit_strided(asm, expansion, source, target, depth, geometry)
    expansion.end(asm)


def _emit_strided(
    asm: Assembler, expansion: Expansion, source: Register, target: Register, depth: int, geometry: Geometry
) -> None:
    """Expand each pixel, and step over those that are left out."""
    row_bytes = geometry.columns * geometry.stride_columns * depth
    with asm.loop("row", geometry.rows, asm.slot("rows")):
        with asm.loop("pixel", geometry.columns, asm.slot("pixels")):
            _emit_pixel(asm, expansion, source, target, depth)
            asm.add_constant(source, (geometry.stride_columns - 1) * depth)
        asm.add_constant(source, geometry.stride_rows * geometry.width * depth - row_bytes)


def _emit_pixel(asm: Assembler, expansion: Expansion, source: Register, target: Register, depth: int) -> None:
    whole, rest = divmod(depth, QUAD)
    _emit_quads(asm, expansion, source, target, whole)
    if rest:
        with asm.using("quad", "last", "x", "z") as (quad, last, x, z):
            emit_last_quad(asm, source, quad, last, rest)
            expansion.emit(asm, quad, x, z)
            asm.store_multiple(target, (x, z))


def _emit_quads(asm: Assembler, expansion: Expansion, source: Register, target: Register, count: int) -> None:
    turn = next(size for size in range(_AT_ONCE, 0, -1) if count % size == 0) if count < 32 else _AT_ONCE
    with asm.using("quad_counter") as (counter,), asm.using("x", "z", "x_next", "z_next") as registers:
        if count >= turn > 0:
            with asm.loop("expand", count // turn, counter, align=LOOP_ALIGNMENT_BYTES):
                _emit_some(asm, expansion, source, target, turn, registers)
        _emit_some(asm, expansion, source, target, count % turn if turn else 0, registers)


def _emit_some(
    asm: Assembler,
    expansion: Expansion,
    source: Register,
    target: Register,
    count: int,
    registers: Sequence[Register],
) -> None:
    """Expand `count` quads, two at a time: z is loaded as the quad."""
    for first in range(0, count, 2):
        found = registers[: 2 * min(2, count - first)]
        for quad in found[1::2]:
            asm("ldr", quad, asm.after(source, QUAD))
        for x, z in zip(found[::2], found[1::2], strict=True):
            expansion.emit(asm, z, x, z)
        asm.store_multiple(target, found)


def unrolled(quads: int, most: int) -> int:
    """Return how many quads a turn of the loop takes, so that code of a turn and of the rest has at most `most`."""
    sizes = range(1, min(quads, most) + 1)
    return max(size for size in sizes if size + quads % size <= most or size == 1)


def emit_quad_loop(
    asm: Assembler,
    name: str,
    quads: int,
    turn: int,
    counter: Register | Slot,
    temporary: Register | None,
    steps: Sequence[tuple[Register, int]],
    emit: Callable[[int], None],
) -> None:
    """Call `emit` for each quad of a turn, and move each pointer of `steps` by its bytes a quad, in all turns."""
    for part, count, times in (("", turn, quads // turn), ("_rest", quads % turn, 1)):
        if not count:
            continue
        with asm.loop(f"{name}{part}", times, counter, temporary, align=LOOP_ALIGNMENT_BYTES):
            for quad in range(count):
                emit(quad)
            for pointer, step in steps:
                asm.add_constant(pointer, step * count)


def emit_loads(asm: Assembler, registers: Sequence[Register], base: Register, offset_bytes: int) -> None:
    """Load neighbouring words from `base` plus `offset_bytes`; two of them in 16 bits each where that can be."""
    low = max(register.number for register in (*registers, base)) <= _LAST_LOW
    narrow = low and load_bytes(len(registers), offset_bytes) == _NARROW_BYTES * len(registers)
    for number, register in enumerate(registers):
        asm("ldr.n" if narrow else "ldr", register, asm.at(base, offset_bytes + WORD_BYTES * number))


def load_bytes(count: int, offset_bytes: int) -> int:
    """Return the bytes of code that loads of neighbouring words into low registers take."""
    last = offset_bytes + WORD_BYTES * (count - 1)
    return count * (_NARROW_BYTES if count % 2 == 0 and last <= _NARROW_OFFSET_BYTES else _WIDE_BYTES)


def emit_copy(asm: Assembler, source: Register, target: Register, words: int, name: str) -> None:
    """Copy `words` words from `source` to `target`, and move both behind them."""
    turns, rest = divmod(words, _COPIED)
    with asm.using("left", *(f"word_{letter}" for letter in "abcdefgh")) as (counter, *taken):
        if turns:
            with asm.loop(name, turns, counter, align=LOOP_ALIGNMENT_BYTES):
                asm.load_multiple(source, taken)
                asm.store_multiple(target, taken)
        for word in taken[:rest]:
            asm("ldr", word, asm.after(source, WORD_BYTES))
        for word in taken[:rest]:
            asm("str", word, asm.after(target, WORD_BYTES))


def begin_pairs(
    asm: Assembler, weights: Register, channels: int
) -> tuple[tuple[Register, ...], list[tuple[Register, ...]]]:
    """Return registers for activations and weights, and those of the sums of two pixels, which begin with `weights`."""
    taken = asm.take_all("x0", "z0", "x1", "z1", "weights_a", "weights_b")
    sums = [asm.take_all(f"sum_{letter}0", f"sum_{letter}1") for letter in "abc"[:channels]]
    asm.comment("sums begin with 256 * (bias - offsets)")
    for first, _ in sums:
        asm("ldr", first, asm.after(weights, WORD_BYTES))
    for first, second in sums:
        asm("mov", second, first)
    return taken, sums


def emit_requantization(
    asm: Assembler,
    product: Product,
    weights: Register,
    sums: Sequence[Sequence[Register]],
    free: Sequence[Register],
) -> None:
    """Replace the sums of each channel by its outputs; constants are read from `weights` into `free` registers."""
    each = product.constants_of_a_channel
    at_once = min(len(free) // each, len(sums))
    for first in range(0, len(sums), at_once):
        channels = sums[first : first + at_once]
        words = each * len(channels)
        asm.load_multiple(weights, free[:words])
        spare = free[words] if words < len(free) else None
        for number, values in enumerate(channels):
            constants = free[each * number : each * (number + 1)]
            product.requantization.emit(asm, values, constants, spare)
