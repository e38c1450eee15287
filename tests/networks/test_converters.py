"""Networks that converters write beside the specification, and TensorFlow Lite Micro runs: the oracle's bytes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from scons_tinyml.records.errors import ModelFileError
from scons_tinyml.stages.graph.checks import require_valid
from scons_tinyml.stages.graph.ir import Graph, Quantization
from scons_tinyml.stages.graph.reader import read_canonical
from support.networks import remembering
from support.tflite_builder import NetworkBuilder, changed, to_tflite
from support.whole import Whole

CONVOLUTION = {
    "padding": "SAME",
    "stride_h": 1,
    "stride_w": 1,
    "dilation_h_factor": 1,
    "dilation_w_factor": 1,
    "fused_activation_function": "RELU",
}
DENSE = {"fused_activation_function": "NONE", "weights_format": "DEFAULT", "keep_num_dims": False}
RANDOM = np.random.default_rng(7)


def weights(*shape: int) -> np.ndarray:
    return RANDOM.integers(-127, 128, shape).astype(np.int8)


def convolution(scales: tuple[float, ...] = (0.01, 0.02, 0.03, 0.04)) -> Graph:
    net = NetworkBuilder()
    source = net.activation((1, 5, 5, 3), "int8", scale=0.02, zero_point=4)
    bias = net.constant(RANDOM.integers(-900, 900, 4).astype(np.int32), scales=[0.02 * one for one in scales])
    target = net.activation((1, 5, 5, 4), "int8", scale=0.2, zero_point=-128)
    net.layer(
        "CONV_2D", [source, net.constant(weights(4, 3, 3, 3), scales=scales), bias], [target], **CONVOLUTION
    )
    return net.finish([source], [target])


def with_dimension(graph: Graph, place: int, axis: int) -> Graph:
    tensors = list(graph.tensors)
    found = tensors[place].quantization
    assert found is not None
    tensors[place] = replace(tensors[place], quantization=replace(found, axis=axis))
    return replace(graph, tensors=tuple(tensors))


def bias_along_a_dimension_that_it_lacks() -> Graph:
    return with_dimension(convolution(), 1, 3)


def dead_channel() -> Graph:
    return convolution((0.01, 0.0, 0.03, 0.04))


def paddings_with_scales() -> Graph:
    net = NetworkBuilder()
    source, target = (net.activation((1, length, 4), "int8", scale=0.1, zero_point=3) for length in (3, 5))
    paddings = net.constant(np.array([[0, 0], [1, 1], [0, 0]], np.int32), scales=[1.0, 1.0, 1.0], axis=5)
    net.layer("PAD", [source, paddings], [target])
    return net.finish([source], [target])


def product_with_zeros(type_name: str = "int16") -> Graph:
    net = NetworkBuilder()
    source, target = (net.activation((1, 8), type_name, scale=1e-4) for _ in range(2))
    zeros = net.constant(np.zeros((1, 1), type_name), scales=[0.0])
    net.layer("MUL", [source, zeros], [target], fused_activation_function="NONE")
    return net.finish([source], [target])


def softmax_to_int16() -> Graph:
    net = NetworkBuilder()
    source = net.activation((1, 7), "int8", scale=0.02, zero_point=-3)
    target = net.activation((1, 7), "int16", scale=2**-16, zero_point=-(2**15))
    net.layer("SOFTMAX", [source], [target], beta=1.0)
    return net.finish([source], [target])


def weights_with_a_zero_point() -> Graph:
    net = NetworkBuilder()
    source = net.activation((1, 8), "int8", scale=0.02, zero_point=3)
    target = net.activation((1, 5), "int8", scale=0.01, zero_point=25)
    taps = net.constant(weights(5, 8), scales=[0.005], zero_points=[3])
    bias = net.constant(RANDOM.integers(-900, 900, 5).astype(np.int32), scales=[0.02 * 0.005])
    net.layer("FULLY_CONNECTED", [source, taps, bias], [target], **DENSE)
    return net.finish([source], [target])


def state_with_a_zero_point() -> Graph:
    graph = remembering()
    tensors = tuple(
        replace(
            one, quantization=Quantization(one.quantization.scales, (-5,)), state=b"\xfb" * one.size_bytes
        )
        if one.is_state and one.type == "int8" and one.quantization
        else one
        for one in graph.tensors
    )
    return replace(graph, tensors=tensors)


NETWORKS: list[Callable[[], Graph]] = [
    bias_along_a_dimension_that_it_lacks,
    dead_channel,
    paddings_with_scales,
    product_with_zeros,
    lambda: product_with_zeros("int8"),
    softmax_to_int16,
    weights_with_a_zero_point,
    state_with_a_zero_point,
]


@pytest.mark.parametrize("network", NETWORKS)
def test_images_give_the_bytes_of_the_oracle(network: Callable[[], Graph], tmp_path: Path) -> None:
    whole = Whole(to_tflite(network()), tmp_path)
    samples = whole.samples()
    assert whole.answers(samples) == whole.expected(samples)


def test_convolutions_whose_weights_have_a_zero_point_are_refused() -> None:
    """TensorFlow Lite Micro runs them as if it were 0, which is another network."""
    graph = convolution((0.01,))
    tensors = list(graph.tensors)
    place = graph.layers[0].inputs[1] or 0
    tensors[place] = replace(tensors[place], quantization=Quantization((0.01,), (3,)))
    with pytest.raises(ModelFileError, match="filter has a zero point other than 0"):
        require_valid(replace(graph, tensors=tuple(tensors)))


def test_a_network_with_nothing_to_run_is_an_image(tmp_path: Path) -> None:
    net = NetworkBuilder()
    source, target = net.activation((1, 4), "float32"), net.activation((2, 2), "float32")
    net.layer("RESHAPE", [source], [target], new_shape=(2, 2))
    whole = Whole(to_tflite(net.finish([source], [target])), tmp_path)
    samples = whole.samples()
    assert whole.answers(samples) == whole.expected(samples) == [tuple(sample) for sample in samples]


def tiled() -> bytes:
    """TILE in the version that today's converter writes, and no oracle has."""
    net = NetworkBuilder()
    source, middle, target = (
        net.activation((1, length), "int8", scale=0.02, zero_point=-6) for length in (8, 16, 16)
    )
    net.layer("TILE", [source, net.constant(np.array([1, 2], np.int32))], [middle])
    net.layer("RELU", [middle], [target])
    return changed(net.finish([source], [target]), _version_3)


def _version_3(model) -> None:
    model.operatorCodes[0].version = 3


def _open_batch(model) -> None:
    graph = model.subgraphs[0]
    for index in (*graph.inputs, *(i for one in graph.operators for i in one.outputs)):
        tensor = graph.tensors[index]
        tensor.shapeSignature = [-1, *tensor.shape[1:]]
    middle = graph.tensors[graph.operators[0].outputs[0]]
    middle.shape, middle.shapeSignature = [1, 1], [-1, -1]


@pytest.mark.parametrize("tflite", [tiled(), changed(tiled(), _open_batch)], ids=["batch 1", "open batch"])
def test_versions_that_no_oracle_has(tflite: bytes, tmp_path: Path) -> None:
    (tmp_path / "net.tflite").write_bytes(tflite)
    found = read_canonical(tmp_path / "net.tflite")
    whole = Whole(found.tflite, tmp_path)
    samples = whole.samples()
    assert [len(answer) for answer in whole.answers(samples)[0]] == [16]
    assert whole.answers(samples) == whole.expected(samples)
