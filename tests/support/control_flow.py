"""Files with several subgraphs: loops and branches."""

from __future__ import annotations

from typing import Any

from tflite_micro.tensorflow.lite.micro.python import schema_py_generated as schema

from scons_tinyml.stages.graph.ir import Graph
from support.tflite_builder import packed, to_tflite


def joined(main: Graph, *others: Graph) -> bytes:
    """Return one file with `main` as subgraph 0, which calls the subgraphs of `others`, from 1 on."""
    model = schema.ModelT.InitFromPackedBuf(to_tflite(main))
    for graph in others:
        _append(model, schema.ModelT.InitFromPackedBuf(to_tflite(graph)))
    return packed(model)


def _append(model: Any, other: Any) -> None:
    subgraph = other.subgraphs[0]
    for tensor in subgraph.tensors:
        tensor.buffer += len(model.buffers)
    for operator in subgraph.operators:
        operator.opcodeIndex += len(model.operatorCodes)
    model.buffers += other.buffers
    model.operatorCodes += other.operatorCodes
    model.subgraphs.append(subgraph)
