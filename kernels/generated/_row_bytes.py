"""Schedule for one row of activations without the DSP extension: eight outputs at a time, two products in one MUL.

Every weight is read once, in order, as the byte w + 128 of a word. A mask takes two bytes of it as fields of 16 bits,
and fields times a + 128, 0 to 255, are two products in 32 bits. The upper one is added to one register, and the whole
to another, which is the lower sum and 65,536 times the upper one. What the offsets add is known, but for 128 times the
sum of all a + 128, which is computed once.

Instructions of 16 bits stand in pairs, so that others begin at words: flash without a cache delivers less than a word a
cycle.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from _blocks import LOOP_ALIGNMENT_BYTES, emit_quad_loop, unrolled
from _product import ARGUMENTS, WORD_BYTES
from _weighted import WeightedLayer
from numpy.typing import NDArray

from scons_tinyml.stages.lowering.implementation import ConstantData
from scons_tinyml.stages.lowering.thumb.assembler import Assembler, Slot
from scons_tinyml.stages.lowering.thumb.packed import FIELDS, PackedSums
from scons_tinyml.stages.lowering.thumb.registers import Register
from scons_tinyml.stages.lowering.thumb.requantization import ProvenConstants, Requantization
from scons_tinyml.stages.lowering.thumb.routine import Routine

GROUP = 8
"""Outputs at a time: their sums, a word, fields, mask, activation and two pointers are 14 registers."""
_TURN = 8
"""Activations in a turn of the loop."""
OFFSET = 128
"""With it activations and weights are 0 to 255."""
LOWER_BYTES = 0x00FF_00FF
LETTERS = "abcd"


@dataclass(frozen=True)
class RowStream:
    """Stream of a product of one row. `weights` are [channels, depth]; channels that never change have none."""

    layer: WeightedLayer
    requantization: ProvenConstants
    weights: NDArray[np.int8]
    bias: NDArray[np.int64]
    """[channels]: with what the requantization adds."""

    def stream(self) -> ConstantData:
        """Return what is read for each group of outputs: starts, weights by activation, constants."""
        layer, sums = self.layer, self.weights.sum(1, dtype=np.int64)
        starts = self.bias - layer.input_zero_point * sums
        starts -= OFFSET * sums
        parts = []
        for group in _groups(layer.channels):
            rows = list(group)
            constants = [self.requantization.constants[channel] for channel in rows]
            parts += [
                _int32(_pairs(starts[rows])),
                _lanes(self.weights[rows]),
                _int32(np.array(constants, np.int64).reshape(-1)),
            ]
        data = np.concatenate(parts).astype("<i4").tobytes()
        comment = f"weights of {layer.channels} channels by eight, with starts and factors"
        return ConstantData("weights", "int32_t", data, comment)


@dataclass(frozen=True)
class RowOfBytes(RowStream):
    """A product of one row."""

    requantization: Requantization

    def routine(self, *, fpu: bool) -> Routine:
        """Return the function."""
        layer = self.layer
        title = f"{layer.channels} outputs of {layer.depth} inputs, one row"
        asm = Assembler(title, ARGUMENTS, fpu=fpu, dsp=False)
        source, weights, output, scratch = asm.arguments
        target = asm.slot("target")
        asm.save(target, output)
        asm.release(output, scratch)
        slots = {name: asm.slot(name) for name in ("turns", "groups", "offsets")}
        slots["target"] = target
        self._emit_offsets(asm, source, slots)
        whole, rest = divmod(layer.channels, GROUP)
        if whole:
            with asm.loop("group", whole, slots["groups"]):
                self._emit_group(asm, (source, weights), slots, GROUP)
        if rest:
            self._emit_group(asm, (source, weights), slots, rest)
        return asm.finish("row")

    def _emit_offsets(self, asm: Assembler, source: Register, slots: Mapping[str, Slot]) -> None:
        """Save minus 128 times the sum of all a + 128."""
        depth = self.layer.depth
        asm.comment("-128 * sum of (a + 128)")
        with asm.using("total", "left", *(f"value_{letter}" for letter in "abcd")) as (total, left, *values):
            asm.constant(total, OFFSET * depth)
            turns, rest = divmod(depth, len(values))
            for name, count, some in (("activations", turns, values), ("last", min(rest, 1), values[:rest])):
                if not count:
                    continue
                with asm.loop(name, count, left, align=LOOP_ALIGNMENT_BYTES):
                    for number, value in enumerate(some):
                        asm("ldrsb", value, asm.at(source, number))
                    for value in some:
                        asm("add", total, total, value)
                    asm.add_constant(source, len(some))
            asm.add_constant(source, -depth)
            asm("rsb", total, total, 0)
            asm("lsl", total, total, OFFSET.bit_length() - 1)
            asm.save(slots["offsets"], total)

    def _emit_group(
        self, asm: Assembler, pointers: tuple[Register, Register], slots: Mapping[str, Slot], count: int
    ) -> None:
        """Compute the next `count` outputs."""
        source, weights = pointers
        x, word, fields, mask = asm.take_all("x", "word", "fields", "mask")
        pairs = [asm.take_all(f"low_{letter}", f"high_{letter}") for letter in LETTERS[: -(-count // FIELDS)]]
        asm.comment(f"{count} outputs: sums begin with bias - offsets")
        asm.load_multiple(weights, [register for pair in pairs for register in pair])
        asm.load(x, slots["offsets"])
        for low, high in pairs:
            asm("add", low, low, x)
            asm("add", low, low, x, "lsl #16")
            asm("add", high, high, x)
        words = -(-count // WORD_BYTES)
        asm.constant(mask, LOWER_BYTES)

        def activation(number: int) -> None:
            asm("ldrsb", x, asm.at(source, number))
            asm("adds.n", x, x, OFFSET)
            for position, (low, high) in enumerate(pairs):
                index, half = divmod(position, FIELDS)
                if half == 0:
                    asm(
                        "ldr" if index else "ldr.n",
                        word,
                        asm.at(weights, WORD_BYTES * (words * number + index)),
                    )
                asm("and", fields, mask, word, *(["lsr #8"] if half else []))
                asm("muls.n", fields, x, fields)
                asm("add.n", low, low, fields)
                asm("add", high, high, fields, "lsr #16")

        depth = self.layer.depth
        asm.comment("products of two weights with a + 128: fields of 16 bits")
        steps = ((source, 1), (weights, WORD_BYTES * words))
        turn = unrolled(depth, _TURN)
        emit_quad_loop(asm, f"inputs_{count}", depth, turn, slots["turns"], fields, steps, activation)
        asm.add_constant(source, -depth)
        asm.release(x, word, fields, mask)
        for low, high in pairs:
            PackedSums(low, low, high).emit_end(asm)
        values = [register for pair in pairs for register in pair]
        self._requantize(asm, weights, values[:count])
        with asm.using("output") as (output,):
            asm.load(output, slots["target"])
            for position, value in enumerate(values[:count]):
                asm("strb", value, asm.at(output, position))
            asm.add_constant(output, count)
            asm.save(slots["target"], output)
        asm.release(*values)

    def _requantize(self, asm: Assembler, weights: Register, sums: Sequence[Register]) -> None:
        """Replace sums by outputs; constants are read from `weights`."""
        each = len(self.requantization.constants[0])
        with asm.using("lower", *(f"constant{number}" for number in range(each))) as (lower, *constants):
            for value in sums:
                asm.load_multiple(weights, constants)
                self.requantization.emit(asm, [value], constants, lower)


def _int32(values: NDArray[np.int64]) -> NDArray[np.int32]:
    """Return `values` modulo 2**32."""
    return values.astype(np.uint32).view(np.int32)


def _pairs(starts: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return what two registers begin with for each two of `starts`."""
    pairs = np.pad(starts, (0, len(starts) % FIELDS)).reshape(-1, FIELDS)
    return np.column_stack([pairs[:, 0] + (pairs[:, 1] << 16), pairs[:, 1]]).reshape(-1)


def _lanes(weights: NDArray[np.int8]) -> NDArray[np.int32]:
    """Return words with w + 128 of four channels, fields of two after those of the other two: [depth, words]."""
    padded = np.pad(weights, ((0, -len(weights) % WORD_BYTES), (0, 0))).astype(np.int64) + OFFSET
    lanes = padded.reshape(-1, WORD_BYTES, weights.shape[1])[:, [0, 2, 1, 3]]
    return np.ascontiguousarray(lanes.transpose(2, 0, 1).astype(np.uint8)).reshape(-1).view(np.int32)


def _groups(channels: int) -> list[range]:
    """Return the outputs of each group; the last one has the rest."""
    return [range(first, min(first + GROUP, channels)) for first in range(0, channels, GROUP)]
