"""Pass: replace shapes that are inputs of the network by constants, where the file fixes the result's shape."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from struct import pack
from typing import Any

from scons_tinyml.stages.graph.passes.base import Notes, Pass
from scons_tinyml.stages.graph.tflite.model import TfliteModel, indices
from scons_tinyml.stages.graph.tflite.schema import schema

_OPEN = -1
_FORMATS = {"INT32": "i", "INT64": "q"}

Shape = tuple[int, ...]


def _height_and_width(output: Shape) -> Shape:
    return output[1:3]


def _whole(output: Shape) -> Shape:
    return output


_SHAPES: Mapping[str, tuple[int, Callable[[Shape], Shape]]] = {
    "BROADCAST_TO": (1, _whole),
    "RESHAPE": (1, _whole),
    "RESIZE_BILINEAR": (1, _height_and_width),
    "RESIZE_NEAREST_NEIGHBOR": (1, _height_and_width),
    "TRANSPOSE_CONV": (0, _whole),
}
"""Position of the shape among the inputs of an operator, and its values for a shape of the output."""


def rewrite(model: TfliteModel) -> tuple[TfliteModel, Notes]:
    """Give layers the shape of their output as a constant instead of an input of the network.

    The input stays, and nothing reads it.

    Outputs stay equal: their memory has the size that the file says, so that no other shape is possible.
    """
    given = set(indices(model.tables.subgraphs[0].inputs))
    count = sum(_fix(model, layer, given) for layer in model.operators)
    subject = "1 layer gets" if count == 1 else f"{count} layers get"
    note = f"{subject} the shape of the output from the file, not from an input of the network"
    return model, (note,) if count else ()


def _fix(model: TfliteModel, layer: Any, given: set[int]) -> bool:
    name, inputs = model.name(layer), indices(layer.inputs)
    position, values_of = _SHAPES.get(name, (len(inputs), _whole))
    if position >= len(inputs) or inputs[position] not in given or len(indices(layer.outputs)) != 1:
        return False
    source, (output,) = inputs[position], indices(layer.outputs)
    values, code = values_of(model.shape(output)), _FORMATS.get(model.type(source))
    if _OPEN in indices(model.tensors[output].shapeSignature) or code is None:
        return False
    if model.shape(source) != (len(values),):
        return False
    table = schema().TensorT()
    table.name, table.shape, table.type = b"shape", [len(values)], model.tensors[source].type
    inputs[position] = len(model.tensors)
    model.tensors.append(table)
    model.set_constant(inputs[position], pack(f"<{len(values)}{code}", *values))
    layer.inputs = inputs
    return True


PASS = Pass("fix_given_shapes", rewrite)
