"""Schedule for few input channels, 8 at most: two pixels stay in registers while all channels pass by.

It needs no scratch. Weights may be copied into scratch first, all of them, as they are read again for each two pixels.
"""

from __future__ import annotations

from _blocks import LOOP_ALIGNMENT_BYTES, emit_copy
from _product import ARGUMENTS, WORD_BYTES, Geometry, Product

from scons_tinyml.stages.lowering.thumb.assembler import Assembler
from scons_tinyml.stages.lowering.thumb.raw_pairs import QUAD, Expansion, emit_last_quad, emit_products
from scons_tinyml.stages.lowering.thumb.registers import Register
from scons_tinyml.stages.lowering.thumb.routine import Routine

MOST_QUADS = 2
"""x and z of two pixels are 8 registers; sums, weights and two pointers take the other six."""
CONSTANTS = 2
"""Words of a channel's requantization that there are registers for."""
_TURN = 4
"""Channels of a turn of the loop, 368 bytes."""


def few_routine(product: Product, geometry: Geometry, *, copies: bool, fpu: bool) -> Routine:
    """Return the function for the pixels of `geometry`, two or more, all of them in a row."""
    title = f"{product.channels} channels of {product.depth}, {geometry.pixels} pixels in registers"
    asm = Assembler(title, ARGUMENTS, fpu=fpu)
    source, weights, output, scratch = asm.arguments
    if copies:
        size_bytes = product.channels * product.bytes_of_a_channel
        emit_copy(asm, weights, scratch, size_bytes // WORD_BYTES, "copy")
        asm.add_constant(weights, -size_bytes, scratch)
    asm.release(scratch)
    stream, pixel = asm.slot("stream"), asm.slot("pixel")
    asm.save(stream, weights)
    asm.release(weights)
    odd = geometry.pixels % 2 == 1 and geometry.pairs > 1
    pairs, channels = asm.slot("pairs"), asm.slot("channels")
    with asm.loop("pair", geometry.pairs, pairs):
        activations = _emit_two_pixels(asm, source, product.depth)
        asm.save(pixel, source)
        asm.release(source)
        weights = asm.take("weights")
        asm.load(weights, stream)
        turns, rest = divmod(product.channels, _TURN)
        if turns:
            with asm.loop("channels", turns, channels, align=LOOP_ALIGNMENT_BYTES):
                _emit_channels(asm, product, weights, output, activations, _TURN)
        if rest:
            _emit_channels(asm, product, weights, output, activations, rest)
        asm.release(weights, *(register for quads in activations for pair in quads for register in pair))
        source = asm.take("input", source.number)
        asm.load(source, pixel)
        if odd:
            asm.comment("the last pair begins with the pixel that the one before ended with")
            asm.add_constant(source, -product.depth)
            with asm.using("left") as (left,):
                asm.load(left, pairs)
                asm("cmp", left, 2)
            asm("beq", asm.forward("overlap"))
            asm.add_constant(source, product.depth)
        asm.add_constant(output, product.channels)
        if odd:
            asm.label("overlap")
    return asm.finish("few")


def _emit_two_pixels(asm: Assembler, source: Register, depth: int) -> list[list[tuple[Register, Register]]]:
    """Load and expand the next two pixels; return (x, z) of both for each quad."""
    expansion = Expansion.begin(asm)
    counts = [min(QUAD, depth - first) for first in range(0, depth, QUAD)]
    pixels = []
    for pixel in range(2):
        pairs = []
        for number, count in enumerate(counts):
            x, z = asm.take_all(f"x{number}_{pixel}", f"z{number}_{pixel}")
            if count == QUAD:
                asm("ldr", z, asm.after(source, QUAD))
            else:
                emit_last_quad(asm, source, z, x, count)
            pairs.append((x, z))
        pixels.append(pairs)
    for pairs in pixels:
        for x, z in pairs:
            expansion.emit(asm, z, x, z)
    expansion.end(asm)
    return [list(quad) for quad in zip(*pixels, strict=True)]


def _emit_channels(
    asm: Assembler,
    product: Product,
    weights: Register,
    output: Register,
    activations: list[list[tuple[Register, Register]]],
    count: int,
) -> None:
    """Compute the next `count` channels of both pixels, one after the other."""
    asm.comment("sum = start + w * x + w0 * z for all quads, for both pixels")
    with asm.using("sum_0", "sum_1", "weights_a", "weights_b") as (first, second, *words):
        for channel in range(count):
            base = channel * product.bytes_of_a_channel
            asm("ldr", first, asm.at(weights, base))
            for number, word in enumerate(words[: product.quads]):
                asm("ldr", word, asm.at(weights, base + WORD_BYTES * (1 + number)))
            asm("mov", second, first)
            for word, pixels in zip(words, activations, strict=False):
                emit_products(asm, word, pixels, (first, second))
            for number, word in enumerate(words):
                asm("ldr", word, asm.at(weights, base + WORD_BYTES * (1 + product.quads + number)))
            product.requantization.emit(asm, (first, second), words)
            asm("strb", first, asm.at(output, channel))
            asm("strb", second, asm.at(output, product.channels + channel))
    asm.add_constant(weights, count * product.bytes_of_a_channel)
    asm.add_constant(output, count)
