"""Stream of a convolution with packed weights, by groups of channels: starts, weights as bytes, constants."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from _plan import PlanOfTurns
from _turns import TurnsOfWords
from _weighted import WeightedLayer
from numpy.typing import NDArray

from scons_tinyml.stages.lowering.implementation import ConstantData
from scons_tinyml.stages.lowering.thumb.packed import FIELDS, packed_bytes


@dataclass(frozen=True)
class PackedStream:
    """Weights are [channels, activations of a filter]; channels that never change have none."""

    plan: PlanOfTurns[Any, Any]
    layer: WeightedLayer
    weights: NDArray[np.int8]
    bias: NDArray[np.int64]
    """[channels]: with what the requantization adds."""
    constants: tuple[tuple[int, ...], ...]
    """Of the requantization of each channel."""

    def group_words(self, group: range) -> NDArray[np.int32]:
        """Return starts, weights as bytes of w + 128, two activations of both channels a word, and constants."""
        turns = self.plan.turns[len(group)]
        order = [-1 if index is None else index for index in turns.order]
        taken = np.pad(self.weights[list(group)], ((0, len(group) % FIELDS), (0, 1)))[:, order]
        weights = with_steps(packed_bytes(taken.reshape(FIELDS, len(turns.steps) + 1, -1)), turns)
        return np.concatenate([self._starts(group), weights, constant_words(self.constants, group)])

    def _starts(self, group: range) -> NDArray[np.int32]:
        """Return what the sums of each channel begin with."""
        layer, runs = self.layer, self.plan.turns[len(group)].runs
        offsets = layer.input_zero_point * self.weights.sum(1, dtype=np.int64)
        bases = (self.bias - offsets)[list(group)].tolist()
        low, high = (*bases, 0)[:FIELDS]
        return np.array(runs.starts((low, high))[: len(group)], np.int64).astype(np.uint32).view(np.int32)

    def data(self) -> ConstantData:
        """Return the stream of all groups."""
        words = np.concatenate([self.group_words(group) for group in self.plan.groups])
        comment = f"weights of {self.layer.channels} channels, with starts, steps and factors"
        return ConstantData("weights", "int32_t", words.astype("<i4").tobytes(), comment)


def constant_words(constants: tuple[tuple[int, ...], ...], group: range) -> NDArray[np.int32]:
    """Return the constants of the requantization, those of each channel in turn."""
    found = [constants[channel] for channel in group]
    return np.array(found, np.int64).astype(np.uint32).view(np.int32).reshape(-1)


def with_steps(weights: NDArray[np.int32], turns: TurnsOfWords) -> NDArray[np.int32]:
    """Return `weights` [turns, words] in order, each turn with its step behind it if there are several."""
    if turns.loops:
        weights = np.column_stack([weights, np.array([*turns.steps, 0], np.int32)])
    return weights.reshape(-1)
