"""Files of networks whose batch was left open: the layers that compute shapes are left out, all others stay."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from scons_tinyml.records.errors import UnsupportedError
from scons_tinyml.stages.graph.checks import require_valid
from scons_tinyml.stages.graph.ir import Graph
from scons_tinyml.stages.graph.reader import canonical, read_tflite
from scons_tinyml.stages.oracle import Oracle
from support.tflite_builder import NetworkBuilder, changed, to_tflite

SLICE = {"begin_mask": 0, "end_mask": 0, "ellipsis_mask": 0, "new_axis_mask": 0, "shrink_axis_mask": 1}


def shape_of(net: NetworkBuilder, source: int, *sizes: int) -> int:
    """(batch of `source`, *sizes), computed while the network runs; `source` has two dimensions."""
    whole, batch = net.activation((2,), "int32"), net.activation((), "int32")
    computed = net.activation((len(sizes) + 1,), "int32")
    net.layer("SHAPE", [source], [whole])
    bounds = [net.constant(np.array([value], np.int32)) for value in (0, 1, 1)]
    net.layer("STRIDED_SLICE", [whole, *bounds], [batch], **SLICE)
    others = [net.constant(np.array(size, np.int32)) for size in sizes]
    net.layer("PACK", [batch, *others], [computed], values_count=len(sizes) + 1, axis=0)
    return computed


def open_batch(*, shape_is_output: bool = False) -> Graph:
    """NEG, RESHAPE, ABS, RESHAPE back; the second shape is made of the first one's layers again."""
    net = NetworkBuilder()
    source, flat, cube, result, back = (
        net.activation(shape, "float32") for shape in ((1, 8), (1, 8), (1, 2, 2, 2), (1, 2, 2, 2), (1, 8))
    )
    net.layer("NEG", [source], [flat])
    first = shape_of(net, flat, 2, 2, 2)
    net.layer("RESHAPE", [flat, first], [cube])
    net.layer("ABS", [cube], [result])
    net.layer("RESHAPE", [result, shape_of(net, flat, 8)], [back])
    return net.finish([source], [back, first] if shape_is_output else [back])


def read(folder: Path, graph: Graph) -> Graph:
    (folder / "net.tflite").write_bytes(to_tflite(graph))
    return read_tflite(folder / "net.tflite")


def test_layers_that_compute_shapes_are_left_out(tmp_path):
    graph = read(tmp_path, open_batch())
    require_valid(graph)
    assert [layer.name for layer in graph.layers] == ["neg_0", "reshape_4", "abs_5", "reshape_9"]
    assert [layer.index for layer in graph.layers] == [0, 1, 2, 3]
    assert all(len(layer.inputs) == 1 for layer in graph.layers)
    assert {tensor.type for tensor in graph.tensors} == {"float32"}


def test_the_oracle_runs_the_file_as_it_is(tmp_path):
    graph, values = read(tmp_path, open_batch()), np.arange(8, dtype=np.float32).reshape(1, 8)
    trace = Oracle((tmp_path / "net.tflite").read_bytes()).trace([values])
    assert trace.keys() >= {tensor.file_index for tensor in graph.tensors}
    assert trace[graph.tensors[graph.outputs[0]].file_index].tolist() == values.tolist()


def test_a_shape_that_is_an_output_stays(tmp_path):
    graph = read(tmp_path, open_batch(shape_is_output=True))
    assert [layer.operator for layer in graph.layers[:4]] == ["NEG", "SHAPE", "STRIDED_SLICE", "PACK"]
    with pytest.raises(UnsupportedError, match=r"layer 1 \(shape_1\): operator SHAPE is not supported"):
        require_valid(graph)


def test_a_constant_shape_stays(tmp_path):
    net = NetworkBuilder()
    tensors = [net.activation(shape, "float32") for shape in ((1, 4), (1, 2, 2), (1, 2, 2))]
    net.layer("RESHAPE", [tensors[0], net.constant(np.array([1, 2, 2], np.int32))], [tensors[1]])
    net.layer("NEG", [tensors[1]], [tensors[2]])
    graph = read(tmp_path, net.finish(tensors[:1], tensors[-1:]))
    assert [len(layer.inputs) for layer in graph.layers] == [2, 1]
    assert all(first.index < second.index for first, second in pairwise(graph.layers))


def test_an_open_batch_may_lie_behind_other_dimensions():
    net = NetworkBuilder()
    source, steps, first, output = (
        net.activation(shape, "float32") for shape in ((1, 3, 2), (3, 1, 2), (1, 2), (1, 2))
    )
    others = [net.activation((1, 2), "float32") for _ in range(2)]
    net.layer("TRANSPOSE", [source, net.constant(np.array([1, 0, 2], np.int32))], [steps])
    net.layer("UNPACK", [steps], [first, *others], num=3, axis=0)
    net.layer("NEG", [first], [output])

    def leave_open(model):
        for index, signature in ((source, [-1, 3, 2]), (steps, [3, -1, 2]), (first, [-1, 2])):
            model.subgraphs[0].tensors[index].shapeSignature = signature

    tflite = changed(net.finish([source], [output]), leave_open)
    found = canonical(tflite, Path("net.tflite"))
    require_valid(found.graph)
    assert found.notes == ("1 tensor has the open batch behind other dimensions; it is 1",)
    assert [found.graph.tensors[layer.outputs[0]].shape for layer in found.graph.layers] == [
        (3, 1, 2),
        (1, 2),
        (1, 2),
    ]
    (answer,) = Oracle(found.tflite).run([np.arange(6, dtype=np.float32).reshape(1, 3, 2)])
    assert answer.tolist() == [[-0.0, -1.0]]


def test_another_open_size_than_the_batch_is_refused():
    net = NetworkBuilder()
    source, output = (net.activation((3, 1), "float32") for _ in range(2))
    net.layer("NEG", [source], [output])

    def leave_open(model):
        model.subgraphs[0].tensors[source].shapeSignature = [3, -1]

    with pytest.raises(UnsupportedError, match=r"tensor 0 'tensor_0': has the dynamic shape \[3, -1\]"):
        canonical(changed(net.finish([source], [output]), leave_open), Path("net.tflite"))
