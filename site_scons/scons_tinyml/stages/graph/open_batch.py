"""Layers that converters write for a network whose batch was left open, and that do nothing once it is fixed.

A reshaping of an open batch gets its shape from layers that compute it while the network runs: SHAPE of a tensor,
STRIDED_SLICE for the batch, PACK with the other sizes. The shape of the result is in the file as well, with batch 1.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from itertools import chain

from scons_tinyml.stages.graph.ir import Layer

_SHAPE_INPUT = 1
"""Of RESHAPE."""


def without_shape_arithmetic(layers: Sequence[Layer], outputs: Sequence[int]) -> list[Layer]:
    """`layers` where no RESHAPE is told its shape by another one, without those that only did that.

    `outputs` are tensors of the network that stay. Names keep the numbers that layers have in the file.
    """
    producers = {index: place for place, layer in enumerate(layers) for index in layer.outputs}
    told = {place for place, layer in enumerate(layers) if _shape_of(layer) in producers}
    kept = {place: _alone(layer) if place in told else layer for place, layer in enumerate(layers)}
    readers = Counter(chain(outputs, *(layer.inputs for layer in kept.values())))
    pending = [producers[index] for place in told if (index := _shape_of(layers[place])) is not None]
    while pending:
        place = pending.pop()
        if place in kept and not any(readers[index] for index in kept[place].outputs):
            unread = kept.pop(place).inputs
            readers.subtract(unread)
            pending += [producers[index] for index in unread if index in producers]
    return [replace(layer, index=index) for index, layer in enumerate(kept.values())]


def _shape_of(layer: Layer) -> int | None:
    """The tensor that tells a RESHAPE its shape."""
    if layer.operator != "RESHAPE" or len(layer.inputs) <= _SHAPE_INPUT:
        return None
    return layer.inputs[_SHAPE_INPUT]


def _alone(layer: Layer) -> Layer:
    return replace(layer, inputs=layer.inputs[:_SHAPE_INPUT])
