from __future__ import annotations

import struct
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from scons_tinyml.records.errors import ModelFileError, UnsupportedError
from scons_tinyml.stages.graph.checks import check_graph, require_valid
from scons_tinyml.stages.graph.ir import Graph, Quantization, Tensor
from scons_tinyml.stages.graph.reader import read_tflite
from support.mlperf import FLOAT, INT8, mlperf_file
from support.tflite_builder import NetworkBuilder


def network() -> Graph:
    """FULLY_CONNECTED and SOFTMAX: tensors are input, filter, sums, output."""
    net = NetworkBuilder("small")
    x = net.activation((1, 4), "int8", scale=0.5, zero_point=3)
    weights = net.constant(np.ones((3, 4), np.int8), scales=(0.1, 0.2, 0.3))
    y = net.activation((1, 3), "int8", scale=0.25)
    z = net.activation((1, 3), "int8", scale=1 / 256, zero_point=-128)
    options = {"fused_activation_function": "NONE", "weights_format": "DEFAULT", "keep_num_dims": False}
    net.layer("FULLY_CONNECTED", [x, weights], [y], **options)
    net.layer("SOFTMAX", [y], [z], beta=1.0)
    return net.finish([x], [z])


def with_tensor(index: int, /, **changes: Any) -> Graph:
    graph = network()
    tensors = list(graph.tensors)
    tensors[index] = replace(tensors[index], **changes)
    return replace(graph, tensors=tuple(tensors))


def with_layer(index: int, /, **changes: Any) -> Graph:
    graph = network()
    layers = list(graph.layers)
    layers[index] = replace(layers[index], **changes)
    return replace(graph, layers=tuple(layers))


def float_softmax(**options: Any) -> Graph:
    net = NetworkBuilder("small")
    x, y = (net.activation((1, 4), "float32") for _ in range(2))
    net.layer("SOFTMAX", [x], [y], **options)
    return net.finish([x], [y])


def test_valid() -> None:
    assert check_graph(network()) == []
    require_valid(network())


@pytest.mark.parametrize("name", [*INT8, *FLOAT])
def test_mlperf_networks_are_valid(name: str) -> None:
    assert check_graph(read_tflite(mlperf_file(name))) == []


FINDINGS = [
    (replace(network(), layers=()), ["a network needs at least one layer and one output"]),
    (replace(network(), outputs=()), ["a network needs at least one layer and one output"]),
    (with_tensor(1, index=2), ["tensor 1 has the index 2"]),
    (with_layer(1, index=0), ["layer 1 has the index 0"]),
    (with_layer(1, outputs=()), ["layer 1 (SOFTMAX) has no output"]),
    (
        with_layer(0, inputs=(0, 9)),
        ["layer 0 (FULLY_CONNECTED): found tensor 9, the graph has tensors 0 to 3"],
    ),
    (
        replace(network(), inputs=(-1,)),
        ["inputs of the network: found tensor -1, the graph has tensors 0 to 3"],
    ),
    (
        replace(network(), outputs=(4,)),
        ["outputs of the network: found tensor 4, the graph has tensors 0 to 3"],
    ),
    (
        with_layer(0, inputs=(3, 1)),
        ["layer 0 (FULLY_CONNECTED) reads tensor 3 'tensor_3' before it is produced"],
    ),
    (
        replace(network(), inputs=()),
        ["layer 0 (FULLY_CONNECTED) reads tensor 0 'tensor_0' before it is produced"],
    ),
    (
        with_layer(1, outputs=(2,)),
        [
            "layer 1 (SOFTMAX) produces tensor 2 'tensor_2', which has a value already",
            "tensor 3 'tensor_3' is an output of the network that no layer produces",
        ],
    ),
    (
        replace(network(), inputs=(0, 1)),
        ["tensor 1 'tensor_1' is an input of the network and also a constant, or twice an input"],
    ),
    (
        replace(network(), inputs=(0, 0)),
        ["tensor 0 'tensor_0' is an input of the network and also a constant, or twice an input"],
    ),
    (
        replace(network(), outputs=(3, 1)),
        ["tensor 1 'tensor_1' is an output of the network and also a constant"],
    ),
    (with_tensor(1, data=b"short"), ["tensor 1 'tensor_1': has 5 bytes, its shape takes 12"]),
    (
        with_tensor(0, shape=(1 << 20, 1 << 20)),
        ["tensor 0 'tensor_0': shape [1048576, 1048576] is negative or takes more than 2147483647 bytes"],
    ),
    (
        with_tensor(0, shape=(-1, 4)),
        ["tensor 0 'tensor_0': shape [-1, 4] is negative or takes more than 2147483647 bytes"],
    ),
    (with_tensor(0, shape=(1, 0)), ["tensor 0 'tensor_0' has the shape [1, 0], which holds no value"]),
    (
        with_tensor(
            1, type="float32", shape=(2,), data=struct.pack("<2f", 1.0, float("nan")), quantization=None
        ),
        ["tensor 1 'tensor_1': holds NaN; the training that made it diverged"],
    ),
    (
        with_tensor(0, quantization=Quantization((0.1, 0.2), (0, 0))),
        ["tensor 0 'tensor_0': has 2 scales along dimension 0 of the shape [1, 4]"],
    ),
    (
        with_tensor(0, quantization=Quantization((0.1, 0.2, 0.3), (0, 0, 0), axis=7)),
        ["tensor 0 'tensor_0': has 3 scales along dimension 7 of the shape [1, 4]"],
    ),
    (
        with_tensor(1, quantization=Quantization((0.1, 0.2, 0.3), (0, 0, 0), axis=7)),
        ["layer 0 (FULLY_CONNECTED): filter has 3 scales along dimension 7, expected 3 along dimension 0"],
    ),
    (
        with_tensor(0, quantization=Quantization((0.1,), (0, 0))),
        ["tensor 0 'tensor_0': has 1 scales and 2 zero points"],
    ),
    (
        with_tensor(0, quantization=Quantization((0.1,), (128,))),
        ["tensor 0 'tensor_0': has the zero point 128, int8 goes from -128 to 127"],
    ),
    (
        with_tensor(0, quantization=Quantization((0.0,), (0,))),
        ["tensor 0 'tensor_0': has the scale 0.0, expected a finite number above 0"],
    ),
    (
        with_tensor(1, quantization=Quantization((0.1, float("inf"), 0.1), (0, 0, 0))),
        ["tensor 1 'tensor_1': has the scale inf, expected a finite number above 0"],
    ),
    (
        with_layer(0, options={}),
        [
            "layer 0 (FULLY_CONNECTED): lacks an option or tensor that the operator needs: "
            "'fused_activation_function'"
        ],
    ),
    (
        with_layer(1, options={"beta": float("nan")}),
        ["layer 1 (SOFTMAX): option beta is nan, expected a finite number"],
    ),
    (
        float_softmax(),
        ["layer 0 (SOFTMAX): lacks an option or tensor that the operator needs: 'beta'"],
    ),
]


@pytest.mark.parametrize(("graph", "findings"), FINDINGS, ids=[findings[0][:50] for _, findings in FINDINGS])
def test_findings(graph: Graph, findings: list[str]) -> None:
    assert check_graph(graph) == findings


def test_findings_of_the_operator_name_the_layer() -> None:
    findings = check_graph(with_tensor(3, shape=(1, 5)))
    assert len(findings) == 1
    assert findings[0].startswith("layer 1 (SOFTMAX): ")


def test_one_problem_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(ModelFileError) as caught:
        require_valid(with_tensor(1, data=b"short"), tmp_path / "net.tflite")
    assert str(caught.value) == f"{tmp_path}/net.tflite: tensor 1 'tensor_1': has 5 bytes, its shape takes 12"


def test_problems_are_listed() -> None:
    graph = replace(with_tensor(1, data=b"short"), outputs=(3, 1))
    with pytest.raises(ModelFileError) as caught:
        require_valid(graph, "net.tflite")
    assert str(caught.value) == (
        "net.tflite: 2 problems\n"
        "  tensor 1 'tensor_1' is an output of the network and also a constant\n"
        "  tensor 1 'tensor_1': has 5 bytes, its shape takes 12"
    )


def test_unknown_operator_names_the_layer_and_what_there_is() -> None:
    with pytest.raises(UnsupportedError) as caught:
        require_valid(with_layer(1, operator="ERF"), "net.tflite")
    first, hint = str(caught.value).split("\n")
    assert first == "net.tflite: layer 1 (softmax_1): operator ERF is not supported"
    assert hint == "  'tinyml operators' lists those that are"


def test_a_constant_may_have_the_scale_zero() -> None:
    tensor: Tensor = with_tensor(1, quantization=Quantization((0.1, 0.0, 0.1), (0, 0, 0))).tensors[1]
    graph = replace(network(), tensors=(network().tensors[0], tensor, *network().tensors[2:]))
    assert not [finding for finding in check_graph(graph) if "expected a finite number" in finding]


def test_a_message_lists_the_first_problems() -> None:
    net = NetworkBuilder()
    x, y = (net.activation((1, 4), "float32") for _ in range(2))
    for _ in range(30):
        net.layer("RELU", [x], [y])
    with pytest.raises(ModelFileError) as caught:
        require_valid(net.finish([x], [y]))
    first, *listed = str(caught.value).splitlines()
    assert (first, len(listed), listed[-1]) == ("29 problems", 4, "  and 26 more")
