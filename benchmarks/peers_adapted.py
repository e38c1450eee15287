"""A network in the words that bakenn's importer takes, where it refuses the file as it is; for peers.py.

A batch of any size becomes one of 1, as our builds read it. A RESHAPE without options gets those that its output has
anyway, and one is put before a FULLY_CONNECTED whose input has more than two dimensions ('flattened'); neither moves a
byte. A SOFTMAX at the end, which the importer does not have, is left out: that is another network, and ours is built of
it as well.
"""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass
from math import prod
from typing import Any

import flatbuffers
from tflite_micro.tensorflow.lite.micro.python import schema_py_generated as schema

CODES = schema.BuiltinOperator


@dataclass(frozen=True)
class Adapted:
    """The new file, what is another in it in words, and whether a layer is gone."""

    data: bytes
    words: str
    shorter: bool


def adapted(data: bytes) -> Adapted:
    """The network of `data` for bakenn."""
    model: Any = schema.ModelT.InitFromPackedBuf(data, 0)
    graph = model.subgraphs[0]
    changes = []
    signatures = [tensor.shapeSignature for tensor in graph.tensors if tensor.shapeSignature is not None]
    if any(-1 in signature for signature in signatures):
        changes.append("batch of 1")
    for tensor in graph.tensors:
        tensor.shapeSignature = None
    for operator in graph.operators:
        if _code(model, operator) == CODES.RESHAPE and operator.builtinOptions is None:
            _set_shape(operator, graph.tensors[operator.outputs[0]].shape)
    for place, operator in reversed(list(enumerate(graph.operators))):
        if (
            _code(model, operator) == CODES.FULLY_CONNECTED
            and len(graph.tensors[operator.inputs[0]].shape) > 2
        ):
            graph.operators.insert(place, _flattening(model, graph, operator))
            changes.append("flattened")
    shorter = _code(model, graph.operators[-1]) == CODES.SOFTMAX
    if shorter:
        graph.outputs = list(graph.operators.pop().inputs)
        model.signatureDefs = None
        changes.append("no SOFTMAX")
    builder = flatbuffers.Builder(len(data))
    builder.Finish(model.Pack(builder), b"TFL3")
    return Adapted(bytes(builder.Output()), ", ".join(changes), shorter)


def _code(model: Any, operator: Any) -> int:
    """The operator's number, which older files have in another field."""
    code = model.operatorCodes[operator.opcodeIndex]
    return int(max(code.builtinCode, code.deprecatedBuiltinCode))


def _flattening(model: Any, graph: Any, dense: Any) -> Any:
    """A RESHAPE of the input of `dense` to two dimensions, between the two."""
    flat = copy(graph.tensors[dense.inputs[0]])
    flat.shape = [1, prod(flat.shape)]
    flat.name = b"%s_flat" % flat.name
    code = schema.OperatorCodeT()
    code.builtinCode = code.deprecatedBuiltinCode = CODES.RESHAPE
    code.version = 1
    reshape = schema.OperatorT()
    reshape.opcodeIndex = len(model.operatorCodes)
    reshape.inputs, reshape.outputs = [dense.inputs[0]], [len(graph.tensors)]
    _set_shape(reshape, flat.shape)
    model.operatorCodes.append(code)
    graph.tensors.append(flat)
    dense.inputs = [len(graph.tensors) - 1, *dense.inputs[1:]]
    return reshape


def _set_shape(reshape: Any, shape: Any) -> None:
    """Options of a RESHAPE to `shape`."""
    reshape.builtinOptionsType = schema.BuiltinOptions.ReshapeOptions
    reshape.builtinOptions = schema.ReshapeOptionsT()
    reshape.builtinOptions.newShape = list(shape)
