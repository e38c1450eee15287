"""Files with several subgraphs: loops and branches."""

from __future__ import annotations

from typing import Any

import numpy as np
from tflite_micro.tensorflow.lite.micro.python import schema_py_generated as schema

from scons_tinyml.stages.graph.ir import Graph
from support.tflite_builder import NetworkBuilder, packed, to_tflite

PLAIN = {"fused_activation_function": "NONE"}
SIZE = 3


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


def step(operator: str = "ADD") -> Graph:
    """The body of a loop: adds 1 to the counter; multiplies the value by 0.75 and adds or subtracts a row."""
    net = NetworkBuilder("body")
    counter, after = net.activation((), "int32"), net.activation((), "int32")
    value, scaled, output = (net.activation((1, SIZE), "float32") for _ in range(3))
    net.layer("ADD", [counter, net.constant(np.array(1, np.int32))], [after], **PLAIN)
    net.layer("MUL", [value, net.constant(np.full((1, SIZE), 0.75, np.float32))], [scaled], **PLAIN)
    row = net.constant(np.arange(SIZE, dtype=np.float32)[np.newaxis])
    net.layer(operator, [scaled, row], [output], **PLAIN)
    return net.finish([counter, value], [after, output])


def until(steps: int) -> Graph:
    """The condition of a loop: the counter is less than `steps`."""
    net = NetworkBuilder("condition")
    counter, value = net.activation((), "int32"), net.activation((1, SIZE), "float32")
    flag = net.activation((), "bool")
    net.layer("LESS", [counter, net.constant(np.array(steps, np.int32))], [flag])
    return net.finish([counter, value], [flag])


def loop(steps: int, start: int = 0, counted: bool = True) -> bytes:
    """A loop between two layers; unless `counted`, the counter is an input of the network."""
    net = NetworkBuilder("loop")
    source, first, value, output = (net.activation((1, SIZE), "float32") for _ in range(4))
    end, given = net.activation((), "int32"), net.activation((), "int32")
    counter = net.constant(np.array(start, np.int32)) if counted else given
    net.layer("NEG", [source], [first])
    net.layer("WHILE", [counter, first], [end, value], cond_subgraph_index=1, body_subgraph_index=2)
    net.layer("ABS", [value], [output])
    inputs = [source] if counted else [source, given]
    return joined(net.finish(inputs, [output]), until(steps), step())
