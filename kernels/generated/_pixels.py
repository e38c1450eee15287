"""Schedules for many pixels: blocks of three or two channels by two pixels; a group's weights stay for all pixels.

All activations are expanded into scratch first. Then, for each group of channels, a loop over pairs of pixels reads
them again. The weights of a group may be copied into scratch before that loop, and are read from there without waiting.
The last pair of an odd number of pixels overlaps the one before: its first pixel is computed twice.
"""

from __future__ import annotations

from dataclasses import dataclass

from _blocks import (
    LOOP_ALIGNMENT_BYTES,
    begin_pairs,
    emit_copy,
    emit_expansion,
    emit_loads,
    emit_quad_loop,
    emit_requantization,
    unrolled,
)
from _product import ARGUMENTS, WORD_BYTES, Geometry, Product

from scons_tinyml.stages.lowering.thumb.assembler import Assembler, Slot
from scons_tinyml.stages.lowering.thumb.raw_pairs import EXPANDED_BYTES, emit_products
from scons_tinyml.stages.lowering.thumb.registers import Register
from scons_tinyml.stages.lowering.thumb.routine import Routine

_TURN = {3: 8, 2: 6, 1: 8}
"""Quads in a turn of the loop, by channels: with requantization and stores it stays in 1 KiB of instruction cache."""
_TILE = 32
"""Most pixels of a tile: copying the weights for each takes 3 % of the time."""


@dataclass(frozen=True)
class PixelSchedule:
    """Channels of a block, and where its weights are read from."""

    widest: int
    copies: bool
    tiles: bool = False
    """True when some pixels are expanded at a time: less scratch, and weights are read again for each tile."""

    @property
    def name(self) -> str:
        """'3x2', '3x2_copied_tiles'."""
        return f"{self.widest}x2{'_copied' if self.copies else ''}{'_tiles' if self.tiles else ''}"

    def suits(self, geometry: Geometry) -> bool:
        """Return whether it is another schedule than that without tiles."""
        return not self.tiles or (geometry.is_dense and geometry.pixels > _TILE)

    def tile(self, geometry: Geometry) -> Geometry:
        """Return the pixels that are expanded at a time; the last tile may overlap the one before."""
        if not self.tiles:
            return geometry
        count = -(-geometry.pixels // _TILE)
        pixels = -(-geometry.pixels // count)
        return Geometry(1, pixels + pixels % 2)

    def groups(self, channels: int) -> list[range]:
        """Return the channels of each group: the widest first, then two by two, one only if there is no other."""
        sizes = _sizes(channels, self.widest)
        ends = [sum(sizes[: position + 1]) for position in range(len(sizes))]
        return [range(end - size, end) for end, size in zip(ends, sizes, strict=True)]

    def copied_bytes(self, product: Product) -> int:
        """Return the bytes of the copy of a group."""
        largest = max(map(len, self.groups(product.channels)))
        return largest * product.bytes_of_a_channel if self.copies else 0


def _sizes(channels: int, widest: int) -> list[int]:
    if widest == 2 or channels < 3:
        return [2] * (channels // 2) + [1] * (channels % 2)
    pairs = {0: 0, 1: 2, 2: 1}[channels % 3]
    return [3] * ((channels - 2 * pairs) // 3) + [2] * pairs


def pixels_routine(product: Product, geometry: Geometry, schedule: PixelSchedule, *, fpu: bool) -> Routine:
    """Return the function for all pixels of `geometry`, two or more."""
    return _Writer(product, geometry, schedule, fpu).routine()


class _Writer:
    """Writes the function; slots hold what a block has no register for."""

    def __init__(self, product: Product, geometry: Geometry, schedule: PixelSchedule, fpu: bool) -> None:
        self.product = product
        self.geometry = schedule.tile(geometry)
        self.pixels = geometry.pixels
        self.schedule = schedule
        title = f"{product.channels} channels of {product.depth}, {geometry.pixels} pixels, {schedule.name}"
        self.asm = Assembler(title, ARGUMENTS, fpu=fpu)
        names = ["stream", "group_output", "pixel_output", "activations", "groups", "pairs", "turns"]
        names += ["tiles", "tile_input", "tile_output", "weights"] if schedule.tiles else []
        self.slots: dict[str, Slot] = {name: self.asm.slot(name) for name in names}

    def routine(self) -> Routine:
        """Return the function."""
        asm, slots = self.asm, self.slots
        source, weights, output, scratch = asm.arguments
        asm.save(slots["activations"], scratch)
        if not self.schedule.tiles:
            asm.save(slots["stream"], weights)
            asm.save(slots["group_output"], output)
            asm.release(weights, output)
            emit_expansion(asm, source, scratch, self.product.depth, self.geometry)
            asm.release(source, scratch)
            self._groups()
            return asm.finish("pixels")
        asm.save(slots["tile_input"], source)
        asm.save(slots["tile_output"], output)
        asm.save(slots["weights"], weights)
        asm.release(source, weights, output, scratch)
        count = -(-self.pixels // self.geometry.pixels)
        with asm.loop("tile", count, slots["tiles"]):
            self._tile(self.pixels - self.geometry.pixels * count)
        return asm.finish("pixels")

    def _tile(self, overlap: int) -> None:
        """Compute the pixels of a tile; `overlap` of the last one is minus the pixels that it has in common."""
        asm, slots, product = self.asm, self.slots, self.product
        with asm.using("tile_input", "expanded") as (source, expanded):
            asm.load(source, slots["tile_input"])
            asm.load(expanded, slots["activations"])
            emit_expansion(asm, source, expanded, product.depth, self.geometry)
            asm.save(slots["tile_input"], source)
        with asm.using("word", "tiles_now") as (word, tiles):
            asm.load(word, slots["weights"])
            asm.save(slots["stream"], word)
            asm.load(word, slots["tile_output"])
            asm.save(slots["group_output"], word)
            asm.add_constant(word, product.channels * self.geometry.pixels)
            if overlap:
                asm.comment("the last tile begins with pixels of the one before")
                asm.load(tiles, slots["tiles"])
                asm("cmp", tiles, 2)
                asm("bne", asm.forward("whole_tile"))
                asm.add_constant(word, product.channels * overlap)
                asm.load(tiles, slots["tile_input"])
                asm.add_constant(tiles, product.depth * overlap)
                asm.save(slots["tile_input"], tiles)
                asm.label("whole_tile")
            asm.save(slots["tile_output"], word)
        self._groups()

    def _groups(self) -> None:
        """Compute all channels of the expanded pixels."""
        sizes = [len(group) for group in self.schedule.groups(self.product.channels)]
        for size in sorted(set(sizes), reverse=True):
            with self.asm.loop(f"group_{size}", sizes.count(size), self.slots["groups"]):
                self._group(size)

    def _group(self, size: int) -> None:
        """Compute `size` channels of all pixels, and move stream and output to the next group."""
        asm, slots = self.asm, self.slots
        group_bytes = size * self.product.bytes_of_a_channel
        asm.comment(f"{size} channels of all pixels, two at a time")
        weights, activations = asm.take_all("weights", "activations")
        asm.load(weights, slots["stream"])
        if self.schedule.copies:
            self._copy(weights, activations, size)
        asm.load(activations, slots["activations"])
        with asm.using("outputs") as (outputs,):
            asm.load(outputs, slots["group_output"])
            asm.save(slots["pixel_output"], outputs)
        with asm.loop(f"pair_{size}", self.geometry.pairs, slots["pairs"], align=LOOP_ALIGNMENT_BYTES):
            self._pair(weights, activations, size)
        with asm.using("outputs") as (outputs,):
            if not self.schedule.copies:
                asm.add_constant(weights, group_bytes)
                asm.save(slots["stream"], weights)
            asm.load(outputs, slots["group_output"])
            asm.add_constant(outputs, size)
            asm.save(slots["group_output"], outputs)
        asm.release(weights, activations)

    def _copy(self, weights: Register, target: Register, size: int) -> None:
        """Copy the group's part of the stream into scratch, and set `weights` to the copy."""
        asm, words = self.asm, size * self.product.bytes_of_a_channel // WORD_BYTES
        behind = EXPANDED_BYTES * self.product.quads * self.geometry.pixels
        asm.comment(f"copy {words} words of weights and constants behind the activations")
        asm.load(target, self.slots["activations"])
        asm.add_constant(target, behind)
        emit_copy(asm, weights, target, words, f"copy_{size}")
        asm.save(self.slots["stream"], weights)
        asm.add_constant(weights, -words * WORD_BYTES, target)

    def _pair(self, weights: Register, activations: Register, size: int) -> None:
        """Compute `size` channels of two pixels, both pointers as they have to be for the next two."""
        asm, product = self.asm, self.product
        taken, sums = begin_pairs(asm, weights, size)
        row = EXPANDED_BYTES * product.quads

        def quad(number: int) -> None:
            pixels = ((taken[0], taken[1]), (taken[2], taken[3]))
            for pixel, registers in enumerate(pixels):
                emit_loads(asm, registers, activations, EXPANDED_BYTES * number + row * pixel)
            words = taken[4:]
            emit_loads(asm, words[: min(2, size)], weights, WORD_BYTES * size * number)
            for position, values in enumerate(sums):
                if position == 2:
                    asm("ldr", words[0], asm.at(weights, WORD_BYTES * (size * number + position)))
                emit_products(asm, words[position % 2], pixels, values)

        asm.comment("sum += w * x + w0 * z = 256 * (w1 * (a1 - 127) + w0 * a0), two lanes a word")
        steps = ((activations, EXPANDED_BYTES), (weights, WORD_BYTES * size))
        turn = unrolled(product.quads, _TURN[size])
        counter = self.slots["turns"]
        emit_quad_loop(asm, f"quads_{size}", product.quads, turn, counter, taken[5], steps, quad)
        emit_requantization(asm, product, weights, sums, taken)
        self._store(activations, sums, taken[0], taken[1])
        asm.add_constant(weights, -size * product.bytes_of_a_channel)
        asm.release(*(register for values in sums for register in values), *taken)

    def _store(
        self,
        activations: Register,
        sums: list[tuple[Register, ...]],
        outputs: Register,
        counter: Register,
    ) -> None:
        """Store the outputs of two pixels, and go on to the next two, or one further if only one is left."""
        asm, channels = self.asm, self.product.channels
        asm.load(outputs, self.slots["pixel_output"])
        asm.load(counter, self.slots["pairs"])
        for pixel in range(2):
            for position, values in enumerate(sums):
                asm("strb", values[pixel], asm.at(outputs, channels * pixel + position))
        row = EXPANDED_BYTES * self.product.quads
        asm.add_constant(outputs, channels)
        if self.geometry.pixels % 2 and self.geometry.pairs > 1:
            asm.comment("the last pair begins with the pixel that the one before ended with")
            asm("cmp", counter, 2)
            asm("beq", asm.forward(f"overlap_{len(sums)}"))
        asm.add_constant(outputs, channels)
        asm.add_constant(activations, row)
        if self.geometry.pixels % 2 and self.geometry.pairs > 1:
            asm.label(f"overlap_{len(sums)}")
        asm.save(self.slots["pixel_output"], outputs)
