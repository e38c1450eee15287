"""Blocks of two channels by two pixels, without the DSP extension: weights packed by two channels, by MLA."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from _direct import Direct
from _packed_stream import PackedStream
from _packed_turns import PackedTurns
from _product import WORD_BYTES
from numpy.typing import NDArray

from scons_tinyml.stages.lowering.thumb.assembler import Assembler
from scons_tinyml.stages.lowering.thumb.packed import (
    FIELDS,
    PackedSums,
    emit_bias,
    emit_run_end,
    emit_unpacked,
)
from scons_tinyml.stages.lowering.thumb.registers import Register

_PIXELS = 2


@dataclass(frozen=True)
class DirectPacked(Direct):
    """Weights are [channels, activations of a filter]; channels that never change have none."""

    dsp: ClassVar[bool] = False
    weights_text: ClassVar[str] = "weights"
    holds_places: ClassVar[bool] = True

    weights: NDArray[np.int8]

    def group_words(self, group: range) -> NDArray[np.int32]:
        """Return starts, weights as bytes of w + 128, two activations of both channels a word, and constants."""
        return PackedStream(
            self.plan, self.layer, self.weights, self.layer.live_bias, self.requantization.constants
        ).group_words(group)

    def emit_group_copy(self, asm: Assembler, source: Register, target: Register, turns: PackedTurns) -> None:
        """Copy starts and constants, and weights as words of two channels."""
        size = turns.channels
        with asm.using("left") as (left,):
            _emit_words(asm, source, target, left, size)
            with asm.loop(f"copy_{size}", len(turns.steps) + 1, asm.slot("copied_turns"), left):
                emit_unpacked(asm, source, target, len(turns.offsets), f"unpack_{size}")
                _emit_words(asm, source, target, left, int(turns.loops))
            _emit_words(asm, source, target, left, size * self.plan.constants)

    def emit_pair(
        self, asm: Assembler, weights: Register, activations: Register, turns: PackedTurns
    ) -> tuple[list[tuple[Register, ...]], list[Register]]:
        """Compute the channels of two pixels."""
        pixels = asm.take_all("x0", "x1")
        word = asm.take("weights_both")
        sums = _emit_begin(asm, weights, turns.channels)
        bias = asm.take("bias")
        emit_bias(asm, bias)

        def turn() -> None:
            first = 0
            for length in turns.runs.lengths:
                places = turns.offsets[first : first + length]
                for number, place in enumerate(places, first):
                    asm.comment("fields += (w0 + 65536 * w1) * x")
                    for pixel, register in enumerate(pixels):
                        asm("ldrsb", register, asm.at(activations, place + pixel * turns.second_bytes))
                    asm("ldr", word, asm.at(weights, WORD_BYTES * number))
                    for register, pair in zip(pixels, sums, strict=True):
                        asm("mla", pair.fields, word, register, bias if number == first else pair.fields)
                first += length
                if first == len(turns.offsets) and turns.loops:
                    asm("ldr", word, asm.at(weights, turns.turn_bytes - WORD_BYTES))
                emit_run_end(asm, sums)

        self.emit_turns(asm, weights, activations, turns, word, turn)
        for pair in sums:
            pair.emit_end(asm)
        free = [*pixels, word, bias, *(pair.fields for pair in sums)]
        values: list[tuple[Register, ...]] = [
            tuple(pair.low for pair in sums),
            tuple(pair.high for pair in sums),
        ]
        self._requantize(asm, weights, values[: turns.channels], free)
        return values[: turns.channels], [
            *free,
            *(register for left in values[turns.channels :] for register in left),
        ]

    def _requantize(
        self,
        asm: Assembler,
        weights: Register,
        sums: Sequence[tuple[Register, ...]],
        free: Sequence[Register],
    ) -> None:
        """Replace sums by outputs; constants are read from `weights`."""
        lower, *constants = sorted(free, key=lambda register: register.number)[: 1 + self.plan.constants]
        for values in sums:
            asm.load_multiple(weights, constants)
            self.requantization.emit(asm, values, constants, lower)


def _emit_words(asm: Assembler, source: Register, target: Register, word: Register, count: int) -> None:
    """Copy a few words, and move both pointers behind them."""
    for _ in range(count):
        asm("ldr", word, asm.after(source, WORD_BYTES))
        asm("str", word, asm.after(target, WORD_BYTES))


def _emit_begin(asm: Assembler, weights: Register, channels: int) -> list[PackedSums]:
    """Return the sums of both pixels, with what they begin with."""
    asm.comment("sums begin with bias - offsets")
    fields = asm.take_all("fields0", "fields1")
    first, second = (asm.take_all(f"low{pixel}", f"high{pixel}") for pixel in range(_PIXELS))
    if channels == FIELDS:
        asm.load_multiple(weights, first)
    else:
        asm("ldr", first[0], asm.after(weights, WORD_BYTES))
        asm("mov", first[1], 0)
    for one, other in zip(second, first, strict=True):
        asm("mov", one, other)
    return [PackedSums(field, *pair) for field, pair in zip(fields, (first, second), strict=True)]
