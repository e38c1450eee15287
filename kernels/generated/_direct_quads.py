"""Blocks of three or two channels by two pixels, with the DSP extension: quads of weights as raw pairs, by SMLAD."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from _blocks import begin_pairs, emit_loads, emit_requantization
from _direct import Direct
from _packed_stream import with_steps
from _product import WORD_BYTES, Product
from _turns import Turns
from numpy.typing import NDArray

from scons_tinyml.stages.lowering.thumb.assembler import Assembler
from scons_tinyml.stages.lowering.thumb.raw_pairs import emit_products
from scons_tinyml.stages.lowering.thumb.registers import Register


@dataclass(frozen=True)
class DirectQuads(Direct):
    """Weights are in the order of the plan."""

    dsp: ClassVar[bool] = True
    weights_text: ClassVar[str] = "raw pairs"

    product: Product

    def group_words(self, group: range) -> NDArray[np.int32]:
        """Return starts, quads and constants."""
        rows, turns = list(group), self.plan.turns[len(group)]
        order = [-1 if quad is None else quad for quad in turns.order]
        words = np.pad(self.product.pairs.words[rows], ((0, 0), (0, 1)))[:, order]
        weights = with_steps(words.T.reshape(len(turns.steps) + 1, -1), turns)
        return np.concatenate([self.product.pairs.starts[rows], weights, self.constants(group)])

    def emit_pair(
        self, asm: Assembler, weights: Register, activations: Register, turns: Turns
    ) -> tuple[list[tuple[Register, ...]], list[Register]]:
        """Compute the channels of two pixels."""
        size = turns.channels
        taken, sums = begin_pairs(asm, weights, size)
        asm.comment("sum += w * x + w0 * z = 256 * (w1 * (a1 - 127) + w0 * a0), two lanes a word")
        step = asm.take("step") if size == 2 and turns.loops else taken[5]

        def turn() -> None:
            _emit_turn(asm, weights, activations, turns, sums, taken, step)

        self.emit_turns(asm, weights, activations, turns, step, turn)
        if step is not taken[5]:
            asm.release(step)
        emit_requantization(asm, self.product, weights, sums, taken)
        return sums, list(taken)


def _emit_turn(
    asm: Assembler,
    weights: Register,
    activations: Register,
    turns: Turns,
    sums: Sequence[tuple[Register, ...]],
    taken: Sequence[Register],
    step: Register,
) -> None:
    """Multiply the quads of a turn, and load `step` with the last weights if there are several turns."""
    size = turns.channels
    pixels, words = [(taken[0], taken[1]), (taken[2], taken[3])], taken[4:]
    for number, quad in enumerate(turns.quads):
        place = WORD_BYTES * size * number
        if quad.exchanges:
            asm.comment("the first pixel's activations are those that the second one had")
            pixels.reverse()
        for pixel, behind, loads in zip(pixels, quad.places, quad.loads, strict=True):
            if loads:
                emit_loads(asm, pixel, activations, behind)
        emit_loads(asm, words[: min(2, size)], weights, place)
        for position, values in enumerate(sums):
            if position == 2:
                asm("ldr", words[0], asm.at(weights, place + WORD_BYTES * position))
            if position == size - 1 and turns.loops and number == len(turns.quads) - 1:
                asm("ldr", step, asm.at(weights, turns.turn_bytes - WORD_BYTES))
            emit_products(asm, words[position % 2], pixels, values)
