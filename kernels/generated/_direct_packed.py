"""Blocks of up to four channels by two pixels, without the DSP extension: weights packed by two channels, by MLA."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from _blocks import emit_loads
from _direct import Direct
from _packed_turns import PackedTurns
from _product import WORD_BYTES
from numpy.typing import NDArray

from scons_tinyml.stages.lowering.thumb.assembler import Assembler
from scons_tinyml.stages.lowering.thumb.packed import (
    FIELDS,
    emit_begin,
    emit_fold,
    emit_sums,
    packed_words,
)
from scons_tinyml.stages.lowering.thumb.raw_pairs import SCALE
from scons_tinyml.stages.lowering.thumb.registers import Register

_PIXELS = 2


@dataclass(frozen=True)
class DirectPacked(Direct):
    """Weights are [channels, activations of a filter]; channels that never change have none."""

    dsp: ClassVar[bool] = False

    weights: NDArray[np.int8]

    def words(self, group: range) -> NDArray[np.int32]:
        """Return words of two channels, the last one alone where their number is odd."""
        found = self.weights[list(group)]
        found = np.pad(found, ((0, len(found) % FIELDS), (0, 1)))
        return packed_words(found[::FIELDS], found[1::FIELDS])

    def behind(self, group: range) -> NDArray[np.int32]:
        """Return start and constants of each channel."""
        rows, runs = list(group), self.plan.turns[len(group)].runs
        layer = self.layer
        bases = np.where(layer.live, layer.bias, 0) - layer.input_zero_point * self.weights.sum(
            1, dtype=np.int64
        )
        biases = np.array([runs.start(number % FIELDS) for number in range(len(rows))])
        starts = (SCALE * bases[rows] + biases).astype(np.uint32).view(np.int32)
        return np.column_stack([starts, self.constants(group)])

    def emit_pair(
        self, asm: Assembler, weights: Register, activations: Register, turns: PackedTurns
    ) -> tuple[list[tuple[Register, ...]], list[Register]]:
        """Compute the channels of two pixels."""
        count, runs = turns.words, turns.runs
        pixels = asm.take_all("x0", "x1")
        words = asm.take_all(*(f"weights_{letter}" for letter in "ab"[:count]))
        names = [f"{letter}{pixel}" for letter in "ab"[:count] for pixel in range(_PIXELS)]
        fields = asm.take_all(*(f"fields_{name}" for name in names))
        upper = asm.take_all(*(f"upper_{name}" for name in names)) if runs.folds else ()
        asm.comment("fields of two channels begin with the bias of the first run")
        emit_begin(asm, runs, fields, upper)
        step = words[-1]

        def turn() -> None:
            _emit_turn(asm, weights, activations, turns, (pixels, words), (fields, upper))
            if turns.loops:
                asm("ldr", step, asm.at(weights, turns.turn_bytes - WORD_BYTES))
                emit_fold(asm, runs.runs[0].bias, fields, upper, pixels)

        self.emit_turns(asm, weights, activations, turns, step, turn)
        sums, free = _emit_sums(asm, fields, upper, [*pixels, *words], turns.channels)
        needed = 1 + self.plan.constants
        free += asm.take_all(*(f"free_{letter}" for letter in "abcd"[: max(needed - len(free), 0)]))
        self._requantize(asm, weights, sums, free)
        return sums, free

    def _requantize(
        self,
        asm: Assembler,
        weights: Register,
        sums: Sequence[tuple[Register, ...]],
        free: Sequence[Register],
    ) -> None:
        """Replace sums by outputs; starts and constants are read from `weights`."""
        start, *constants = sorted(free, key=lambda register: register.number)[: 1 + self.plan.constants]
        for values in sums:
            asm.load_multiple(weights, [start, *constants])
            for value in values:
                asm("add", value, value, start)
            self.requantization.emit(asm, values, constants, start)


def _emit_turn(
    asm: Assembler,
    weights: Register,
    activations: Register,
    turns: PackedTurns,
    taken: tuple[Sequence[Register], Sequence[Register]],
    sums: tuple[Sequence[Register], Sequence[Register]],
) -> None:
    """Multiply the activations of a turn, and fold between its runs."""
    (pixels, words), (fields, upper) = taken, sums
    runs, number = turns.runs.runs, 0
    for index, run in enumerate(runs):
        if index:
            emit_fold(asm, run.bias, fields, upper, pixels)
        asm.comment("fields += (w0 + 65536 * w1) * x")
        for _ in range(run.length):
            for pixel, register in enumerate(pixels):
                place = turns.offsets[number] + pixel * turns.second_bytes
                asm("ldrsb", register, asm.at(activations, place))
            emit_loads(asm, words, weights, WORD_BYTES * len(words) * number)
            for position, word in enumerate(words):
                for pixel, register in enumerate(pixels):
                    field = fields[_PIXELS * position + pixel]
                    asm("mla", field, word, register, field)
            number += 1


def _emit_sums(
    asm: Assembler,
    fields: Sequence[Register],
    upper: Sequence[Register],
    free: Sequence[Register],
    channels: int,
) -> tuple[list[tuple[Register, ...]], list[Register]]:
    """Return the registers of 256 times the sums of each channel and pixel, and those that are free."""
    asm.comment("256 * sum = (upper << 16) + (field << 8), and what starts take back")
    left = list(free)
    sums: list[list[Register]] = [[] for _ in range(channels + channels % FIELDS)]
    for index, field in enumerate(fields):
        position, used = index // _PIXELS, left.pop(0)
        above = upper[index] if upper else None
        for half, register in enumerate(emit_sums(asm, field, above, used)):
            sums[FIELDS * position + half].append(register)
        left += [field] if above else []
    found = [tuple(values) for values in sums]
    return found[:channels], [*left, *(register for values in found[channels:] for register in values)]
