"""Layers that give constants another shape are gone once a file is read, and what they gave is a constant."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from scons_tinyml.stages.graph.checks import check_graph
from scons_tinyml.stages.graph.ir import Graph
from scons_tinyml.stages.graph.reader import read_tflite
from support.tflite_builder import NetworkBuilder, to_tflite

ROWS = np.arange(6, dtype=np.int16).reshape(2, 3)


def read(net: NetworkBuilder, source: int, output: int, folder: Path) -> Graph:
    path = folder / "network.tflite"
    path.write_bytes(to_tflite(net.finish([source], [output])))
    return read_tflite(path)


def test_an_offset_under_another_shape_is_a_constant(tmp_path: Path) -> None:
    net = NetworkBuilder()
    source = net.activation((1, 6), "int16", scale=0.5)
    given = net.constant(ROWS, scales=[0.5])
    flat, wide = (net.activation(shape, "int16", scale=0.5) for shape in ((6,), (1, 6)))
    output = net.activation((1, 6), "int16", scale=0.5)
    net.layer("RESHAPE", [given, net.constant(np.array([6], np.int32))], [flat])
    net.layer("EXPAND_DIMS", [flat, net.constant(np.array(0, np.int32))], [wide])
    net.layer("MAXIMUM", [source, wide], [output])
    graph = read(net, source, output, tmp_path)
    assert check_graph(graph) == []
    assert [(layer.index, layer.name, layer.operator) for layer in graph.layers] == [
        (0, "maximum_2", "MAXIMUM")
    ]
    assert [tensor.name for tensor in graph.tensors] == ["tensor_0", f"tensor_{wide}", f"tensor_{output}"]
    constant = graph.view(graph.layers[0]).input(1)
    assert (constant.shape, constant.data, constant.file_index) == ((1, 6), ROWS.tobytes(), wide)


def test_what_is_computed_and_what_is_wrong_stays(tmp_path: Path) -> None:
    net = NetworkBuilder()
    source, given = net.activation((1, 6), "int16"), net.constant(ROWS)
    flat, five = net.activation((6,), "int16"), net.activation((5,), "int16")
    net.layer("RESHAPE", [source], [flat])
    net.layer("RESHAPE", [given], [five])
    graph = read(net, source, flat, tmp_path)
    assert [layer.operator for layer in graph.layers] == ["RESHAPE", "RESHAPE"]
    assert check_graph(graph) == ["layer 1 (RESHAPE): turns 6 values [2, 3] into [5]"]


def test_an_output_of_the_network_stays_an_output(tmp_path: Path) -> None:
    net = NetworkBuilder()
    source, given = net.activation((1, 6), "int16"), net.constant(ROWS)
    output = net.activation((6,), "int16")
    net.layer("RESHAPE", [given], [output])
    graph = read(net, source, output, tmp_path)
    assert [layer.operator for layer in graph.layers] == ["RESHAPE"]
