"""Shapes that are inputs of a network: the file fixes the shape of the result, so that they become constants."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from scons_tinyml.records.errors import ModelFileError, UnsupportedError
from scons_tinyml.stages.graph.checks import require_valid
from scons_tinyml.stages.graph.ir import Graph
from scons_tinyml.stages.graph.reader import CanonicalNetwork, canonical
from scons_tinyml.stages.oracle import Oracle
from support.tflite_builder import NetworkBuilder, changed, to_tflite

FILE = Path("net.tflite")
RESIZE = {"align_corners": False, "half_pixel_centers": False}


def _transpose_conv() -> Graph:
    net = NetworkBuilder()
    shape, image = net.activation((4,), "int32"), net.activation((2, 2, 3, 1), "float32")
    weights = net.constant(np.arange(8, dtype=np.float32).reshape(2, 2, 2, 1))
    output = net.activation((2, 4, 6, 2), "float32")
    window = {"padding": "SAME", "stride_h": 2, "stride_w": 2, "fused_activation_function": "NONE"}
    net.layer("TRANSPOSE_CONV", [shape, weights, image], [output], **window)
    return net.finish([image, shape], [output])


def _shaped(
    operator: str, source: tuple[int, ...], output: tuple[int, ...], sizes: int, **options: Any
) -> Graph:
    net = NetworkBuilder()
    values, shape = net.activation(source, "float32"), net.activation((sizes,), "int32")
    result = net.activation(output, "float32")
    net.layer(operator, [values, shape], [result], **options)
    return net.finish([values, shape], [result])


NETWORKS: dict[str, Callable[[], Graph]] = {
    "TRANSPOSE_CONV": _transpose_conv,
    "RESHAPE": lambda: _shaped("RESHAPE", (1, 6), (2, 3), 2),
    "BROADCAST_TO": lambda: _shaped("BROADCAST_TO", (1, 3), (2, 3), 2),
    "RESIZE_BILINEAR": lambda: _shaped("RESIZE_BILINEAR", (1, 2, 2, 1), (1, 4, 3, 1), 2, **RESIZE),
    "RESIZE_NEAREST_NEIGHBOR": lambda: _shaped(
        "RESIZE_NEAREST_NEIGHBOR", (1, 2, 2, 1), (1, 4, 3, 1), 2, **RESIZE
    ),
}


def read(tflite: bytes) -> CanonicalNetwork:
    found = canonical(tflite, FILE)
    require_valid(found.graph, FILE)
    return found


@pytest.mark.parametrize("operator", NETWORKS)
def test_the_result_has_the_shape_of_the_file(operator: str) -> None:
    graph = NETWORKS[operator]()
    found = read(to_tflite(graph))
    assert (
        found.notes[0]
        == "1 layer gets the shape of the output from the file, not from an input of the network"
    )
    assert [found.graph.tensors[index].type for index in found.graph.inputs] == ["float32", "int32"]
    assert found.graph.inputs[1] not in found.graph.layers[0].inputs
    values = np.arange(graph.tensors[graph.inputs[0]].elements, dtype=np.float32)
    source = values.reshape(graph.tensors[graph.inputs[0]].shape)
    anything = np.full(graph.tensors[graph.inputs[1]].shape, 77, np.int32)
    (output,) = Oracle(found.tflite).run([source, anything])
    assert output.shape == graph.tensors[graph.outputs[0]].shape


def test_one_that_the_file_leaves_open_is_refused() -> None:
    def leave_open(model: Any) -> None:
        subgraph = model.subgraphs[0]
        subgraph.tensors[subgraph.outputs[0]].shapeSignature = [2, -1, -1, 2]

    with pytest.raises(UnsupportedError, match=r"has the dynamic shape \[2, -1, -1, 2\]"):
        read(changed(_transpose_conv(), leave_open))


def test_a_shape_of_another_length_is_left_to_the_checks() -> None:
    with pytest.raises(ModelFileError, match="size is computed while the network runs, expected a constant"):
        read(to_tflite(_shaped("RESIZE_BILINEAR", (1, 2, 2, 1), (1, 4, 3, 1), 3, **RESIZE)))
