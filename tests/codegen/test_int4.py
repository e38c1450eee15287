"""A network with weights of 4 bits: packed in the file and in flash, whole in the emulator."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from scons_tinyml.stages.graph.checks import check_graph
from scons_tinyml.stages.graph.ir import Graph, Tensor
from scons_tinyml.stages.graph.operators import find_operator
from support.networks import small_int8
from support.tflite_builder import NetworkBuilder, to_tflite
from support.whole import Whole

KERNELS = [
    "reference/conv_2d_int4",
    "reference/depthwise_conv_2d_int4",
    "reference/fully_connected_int4",
    "reference/softmax_int8",
]


def in_four_bits(tensor: Tensor) -> Tensor:
    """`tensor` with the upper half of each weight, in the same scale."""
    if tensor.type != "int8" or tensor.data is None or tensor.quantization is None:
        return tensor
    net = NetworkBuilder()
    values = np.frombuffer(tensor.data, np.int8).reshape(tensor.shape) >> 4
    net.packed(values, scales=tensor.quantization.scales, axis=tensor.quantization.axis)
    packed = net.finish([], []).tensors[0]
    return replace(packed, index=tensor.index, name=tensor.name)


def small_int4() -> Graph:
    """`small_int8` with weights of 4 bits."""
    graph = small_int8()
    return replace(graph, tensors=tuple(map(in_four_bits, graph.tensors)))


def test_equals_the_oracle_with_weights_packed_in_flash(tmp_path: Path) -> None:
    whole = Whole(to_tflite(small_int4()), tmp_path)
    assert [kernel.name for kernel in whole.kernels.values()] == KERNELS
    samples = whole.samples()
    assert whole.answers(samples) == whole.expected(samples)
    assert "extern const int8_t bench_fully_connected_3_filter[375];" in whole.sources["bench_weights.h"]


def test_values_lie_in_the_low_half_first_and_an_odd_one_alone() -> None:
    net = NetworkBuilder()
    net.packed([[1, -2, 7]], scales=[0.5])
    tensor = net.finish([], []).tensors[0]
    assert (tensor.elements, tensor.size_bytes, tensor.data) == (3, 2, bytes([0xE1, 0x07]))


def test_only_constants_are_packed() -> None:
    net = NetworkBuilder()
    x, y = (net.activation((1, 2), "int4", scale=0.5) for _ in range(2))
    net.layer("RELU6", [x], [y])
    assert check_graph(net.finish([x], [y])) == [
        "tensor 0 'tensor_0': is int4, which only constants may be",
        "tensor 1 'tensor_1': is int4, which only constants may be",
    ]


@pytest.mark.parametrize(
    ("scales", "expected"),
    [
        ([0.5], []),
        ([0.5, 0.25], ["filter is int4 with a scale for each output, expected one for all"]),
        ([], ["filter is int4 but has no scale"]),
    ],
)
def test_scales_of_a_dense_layer(scales: list[float], expected: list[str]) -> None:
    net = NetworkBuilder()
    x = net.activation((1, 2), "int8", scale=0.5)
    y = net.activation((1, 2), "int8", scale=0.5)
    options = {"fused_activation_function": "NONE", "weights_format": "DEFAULT", "keep_num_dims": False}
    net.layer("FULLY_CONNECTED", [x, net.packed([[1, 2], [3, 4]], scales=scales)], [y], **options)
    graph = net.finish([x], [y])
    operator = find_operator("FULLY_CONNECTED")
    assert operator is not None
    assert operator.number_type(graph.view(graph.layers[0])) == "int4"
    assert operator.check(graph.view(graph.layers[0])) == expected
