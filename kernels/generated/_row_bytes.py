"""Schedule for one row of activations without the DSP extension: eight outputs at a time, by MLA.

Every weight is read once, in order. Eight weights of one activation are two words: a line of most flashes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from _blocks import emit_loads, emit_quad_loop, unrolled
from _product import ARGUMENTS, WORD_BYTES
from _weighted import WeightedLayer
from numpy.typing import NDArray

from scons_tinyml.stages.lowering.implementation import ConstantData
from scons_tinyml.stages.lowering.thumb.assembler import Assembler, Slot
from scons_tinyml.stages.lowering.thumb.raw_pairs import SCALE
from scons_tinyml.stages.lowering.thumb.registers import Register
from scons_tinyml.stages.lowering.thumb.requantization import Requantization
from scons_tinyml.stages.lowering.thumb.routine import Routine

_GROUP = 8
"""Outputs at a time: their sums, two words, a weight, an activation and two pointers are 14 registers."""
_TURN = 6
"""Activations in a turn of the loop."""
_BITS = 8
_LETTERS = "abcdefgh"


@dataclass(frozen=True)
class RowOfBytes:
    """A product of one row. `weights` are [channels, depth]; channels that never change have none."""

    layer: WeightedLayer
    requantization: Requantization
    weights: NDArray[np.int8]

    def stream(self) -> ConstantData:
        """Return what is read for each group of outputs: starts, weights by activation, constants."""
        layer = self.layer
        starts = np.where(layer.live, layer.bias, 0) - layer.input_zero_point * self.weights.sum(
            1, dtype=np.int64
        )
        parts = []
        for group in _groups(layer.channels):
            rows = list(group)
            taken = np.pad(self.weights[rows], ((0, -len(rows) % WORD_BYTES), (0, 0)))
            constants = [self.requantization.constants[channel] for channel in rows]
            parts += [
                starts[rows].astype(np.int32),
                np.ascontiguousarray(taken.T).reshape(-1).view(np.int32),
                np.array(constants, np.int64).astype(np.uint32).view(np.int32).reshape(-1),
            ]
        data = np.concatenate(parts).astype("<i4").tobytes()
        comment = f"weights of {layer.channels} channels by eight, with starts and factors"
        return ConstantData("weights", "int32_t", data, comment, timed=False)

    def routine(self, *, fpu: bool) -> Routine:
        """Return the function."""
        layer = self.layer
        title = f"{layer.channels} outputs of {layer.depth} inputs, one row"
        asm = Assembler(title, ARGUMENTS, fpu=fpu, dsp=False)
        source, weights, output, scratch = asm.arguments
        target = asm.slot("target")
        asm.save(target, output)
        asm.release(output, scratch)
        whole, rest = divmod(layer.channels, _GROUP)
        turns, groups = asm.slot("turns"), asm.slot("groups")
        if whole:
            with asm.loop("group", whole, groups):
                self._emit_group(asm, (source, weights), (target, turns), _GROUP)
        if rest:
            self._emit_group(asm, (source, weights), (target, turns), rest)
        return asm.finish("row")

    def _emit_group(
        self, asm: Assembler, pointers: tuple[Register, Register], slots: tuple[Slot, Slot], count: int
    ) -> None:
        """Compute the next `count` outputs."""
        (source, weights), (target, turns) = pointers, slots
        asm.comment(f"{count} outputs: sums begin with bias - offsets")
        words = asm.take_all(*(f"weights_{letter}" for letter in _LETTERS[: -(-count // WORD_BYTES)]))
        x, weight = asm.take_all("x", "weight")
        sums = asm.take_all(*(f"sum_{letter}" for letter in _LETTERS[:count]))
        for value in sums:
            asm("ldr", value, asm.after(weights, WORD_BYTES))

        def activation(number: int) -> None:
            asm("ldrsb", x, asm.at(source, number))
            emit_loads(asm, words, weights, WORD_BYTES * len(words) * number)
            for position, value in enumerate(sums):
                word, byte = words[position // WORD_BYTES], position % WORD_BYTES
                asm("sxtb", weight, word, *([f"ror #{_BITS * byte}"] if byte else []))
                asm("mla", value, weight, x, value)

        depth = self.layer.depth
        steps = ((source, 1), (weights, WORD_BYTES * len(words)))
        turn = unrolled(depth, _TURN)
        emit_quad_loop(asm, f"inputs_{count}", depth, turn, turns, weight, steps, activation)
        asm.add_constant(source, -depth)
        for value in sums:
            asm("lsl", value, value, SCALE.bit_length() - 1)
        asm.release(*words, x, weight)
        self._requantize(asm, weights, sums)
        with asm.using("output") as (output,):
            asm.load(output, target)
            for position, value in enumerate(sums):
                asm("strb", value, asm.at(output, position))
            asm.add_constant(output, count)
            asm.save(target, output)
        asm.release(*sums)

    def _requantize(self, asm: Assembler, weights: Register, sums: Sequence[Register]) -> None:
        """Replace sums by outputs; constants are read from `weights`."""
        each = len(self.requantization.constants[0])
        with asm.using("lower", *(f"constant{number}" for number in range(each))) as (lower, *constants):
            for value in sums:
                asm.load_multiple(weights, constants)
                self.requantization.emit(asm, [value], constants, lower)


def _groups(channels: int) -> list[range]:
    """Return the outputs of each group; the last one has the rest."""
    return [range(first, min(first + _GROUP, channels)) for first in range(0, channels, _GROUP)]
