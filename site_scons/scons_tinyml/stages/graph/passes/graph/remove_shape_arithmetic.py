"""Pass: remove layers that converters write for an open batch, and that compute a known shape.

A reshape with an open batch gets its shape from layers that compute it at run time: SHAPE of a tensor,
STRIDED_SLICE for the batch, PACK with the other sizes. The file also has the shape of the result, with batch
1.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from itertools import chain

from scons_tinyml.stages.graph.ir import Graph, Layer, with_layers
from scons_tinyml.stages.graph.passes.base import Notes, Pass

_SHAPE_INPUT = 1
"""Position of the shape among the inputs of RESHAPE."""


def rewrite(graph: Graph) -> tuple[Graph, Notes]:
    """Give RESHAPE the shape of its output instead of a computed one, and remove layers that only computed it.

    Outputs stay equal: RESHAPE moves no value, and the shape of its output is fixed in the file. Names of layers keep
    the numbers of the file.
    """
    producers = {index: place for place, layer in enumerate(graph.layers) for index in layer.outputs}
    shapes = {
        place: shape
        for place, layer in enumerate(graph.layers)
        if (shape := _shape_of(layer)) is not None and shape in producers
    }
    if not shapes:
        return graph, ()
    kept = _without_unread(graph, shapes, producers)
    removed = len(graph.layers) - len(kept)
    note = f"{len(shapes)} shapes are computed that the file has already; {removed} layers are left out"
    return with_layers(graph, kept), (note,)


def _without_unread(graph: Graph, shapes: Mapping[int, int], producers: Mapping[int, int]) -> list[Layer]:
    """Return the layers without those that only compute `shapes`: tensors by position of their RESHAPE."""
    kept = {place: _alone(layer) if place in shapes else layer for place, layer in enumerate(graph.layers)}
    readers = Counter(chain(graph.outputs, *(layer.inputs for layer in kept.values())))
    pending = [producers[shape] for shape in shapes.values()]
    while pending:
        place = pending.pop()
        if place in kept and not any(readers[index] for index in kept[place].outputs):
            unread = kept.pop(place).inputs
            readers.subtract(unread)
            pending += [producers[index] for index in unread if index is not None and index in producers]
    return list(kept.values())


def _shape_of(layer: Layer) -> int | None:
    """Return the tensor with the shape of a RESHAPE, None for other layers or if an option has the shape."""
    if layer.operator != "RESHAPE" or len(layer.inputs) <= _SHAPE_INPUT:
        return None
    return layer.inputs[_SHAPE_INPUT]


def _alone(layer: Layer) -> Layer:
    return replace(layer, inputs=layer.inputs[:_SHAPE_INPUT])


PASS = Pass("remove_shape_arithmetic", rewrite)
