"""Networks changed so that bakenn's importer accepts them, for peers.py.

An open batch becomes batch 1, as in our builds. A RESHAPE without options gets those of its output, and a new RESHAPE
precedes a FULLY_CONNECTED whose input has more than two dimensions ('flattened'); neither moves a byte. A SOFTMAX at
the end, which the importer lacks, is removed. That makes another network, so ours is built of it too.
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
    """The new file, a description of its changes, and a flag for a removed layer."""

    data: bytes
    words: str
    shorter: bool


def adapted(data: bytes) -> Adapted:
    """Return the network of `data`, a `.tflite` file, changed for bakenn."""
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
    """Return the operator's number, which older files have in another field."""
    code = model.operatorCodes[operator.opcodeIndex]
    return int(max(code.builtinCode, code.deprecatedBuiltinCode))


def _flattening(model: Any, graph: Any, dense: Any) -> Any:
    """Return a new RESHAPE of the input of `dense` to two dimensions, whose output `dense` then reads."""
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
    """Set the options of `reshape` to `shape`."""
    reshape.builtinOptionsType = schema.BuiltinOptions.ReshapeOptions
    reshape.builtinOptions = schema.ReshapeOptionsT()
    reshape.builtinOptions.newShape = list(shape)
