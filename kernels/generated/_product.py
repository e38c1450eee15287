"""Layers that are a matrix of int8 weights times rows of activations, ready for raw pairs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from _weighted import WeightedLayer, weighted_layer
from numpy.typing import NDArray

from scons_tinyml.stages.graph.ir import LayerView
from scons_tinyml.stages.lowering.implementation import ConstantData
from scons_tinyml.stages.lowering.thumb.proof import prove
from scons_tinyml.stages.lowering.thumb.raw_pairs import SCALE, RawPairs, raw_pairs
from scons_tinyml.stages.lowering.thumb.requantization import Requantization

ARGUMENTS = ("const int8_t *input", "const int32_t *weights", "int8_t *output", "void *scratch")
WORD_BYTES = 4


@dataclass(frozen=True)
class Geometry:
    """The pixels of an image that are read, `depth` values each."""

    rows: int
    columns: int
    stride_rows: int = 1
    stride_columns: int = 1
    width: int = 0
    """Pixels of a row of the image; matters for strides alone."""

    @property
    def pixels(self) -> int:
        """Number of pixels."""
        return self.rows * self.columns

    @property
    def pairs(self) -> int:
        """Pairs of pixels; the last one of an odd number overlaps the one before."""
        return (self.pixels + 1) // 2

    @property
    def is_dense(self) -> bool:
        """True when all pixels of the image are read, one after the other."""
        return (self.stride_rows, self.stride_columns) == (1, 1)


@dataclass(frozen=True)
class Product:
    """Weights, start values and requantization of each output channel. Those that never change have no weights."""

    channels: int
    depth: int
    """Weights of a channel."""
    pairs: RawPairs
    requantization: Requantization
    layer: WeightedLayer

    @property
    def quads(self) -> int:
        """Words of weights of a channel."""
        return self.pairs.quads

    @property
    def constants_of_a_channel(self) -> int:
        """Words that its requantization reads."""
        return len(self.requantization.constants[0])

    @property
    def bytes_of_a_channel(self) -> int:
        """Bytes of the stream that a channel takes."""
        return WORD_BYTES * (1 + self.quads + self.constants_of_a_channel)

    def stream(self, groups: Sequence[Sequence[int]]) -> ConstantData:
        """Return what is read for each group of channels, in that order: starts, weights by quad, constants."""
        parts = []
        for group in groups:
            rows = list(group)
            constants = [self.requantization.constants[channel] for channel in rows]
            parts += [
                self.pairs.starts[rows],
                self.pairs.words[rows].T.reshape(-1),
                np.array(constants, np.int64).astype(np.uint32).view(np.int32).reshape(-1),
            ]
        data = np.concatenate(parts).astype("<i4").tobytes()
        comment = f"raw pairs of {self.channels} channels of {self.depth}, with starts and factors"
        return ConstantData("weights", "int32_t", data, comment, timed=False)


def product_of(view: LayerView) -> Product | str:
    """Return the product that the layer of `view` is, or the reason why it cannot be generated."""
    layer = weighted_layer(view)
    return layer if isinstance(layer, str) else product_of_layer(layer, lambda weights: weights)


def product_of_layer(
    layer: WeightedLayer, arranged: Callable[[NDArray[np.int8]], NDArray[np.int8]]
) -> Product | str:
    """Return the product that `layer` is, or the reason why it cannot be generated.

    `arranged` returns weights [channels, depth] in the order of the quads, with zeros where they are filled up.
    """
    weights = arranged(layer.weights * layer.live[:, None])
    pairs = raw_pairs(weights, layer.bias * layer.live, layer.input_zero_point)
    if isinstance(pairs, str):
        return pairs
    requantization = prove(layer.sums(SCALE), layer.output)
    if isinstance(requantization, str):
        return requantization
    return Product(layer.channels, layer.depth, pairs, requantization, layer)
