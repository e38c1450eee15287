"""Every mistake in a layer is reported as a sentence, and nothing raises."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scons_tinyml.stages.graph.ir import Graph
from scons_tinyml.stages.graph.operators import find_operator
from support.cases import CASES
from support.tflite_builder import NetworkBuilder

WINDOW = {
    "padding": "VALID",
    "stride_h": 1,
    "stride_w": 1,
    "dilation_h_factor": 1,
    "dilation_w_factor": 1,
    "fused_activation_function": "NONE",
}
POOL = {**WINDOW, "filter_height": 2, "filter_width": 2}
DENSE = {"fused_activation_function": "NONE", "weights_format": "DEFAULT", "keep_num_dims": False}


def _problems(
    operator: str, build: Callable[[NetworkBuilder], list[int | None]], **options: Any
) -> list[str]:
    """Problems of a layer whose tensors `build` adds: its inputs and, last, its output."""
    net = NetworkBuilder()
    *inputs, output = build(net)
    assert output is not None
    net.layer(operator, inputs, [output], **options)
    graph = net.finish([], [output])
    found = find_operator(operator)
    assert found is not None
    return found.check(graph.view(graph.layers[0]))


def _float(*shape: int) -> Callable[[NetworkBuilder], int]:
    return lambda net: net.activation(shape, "float32")


def _int8(*shape: int, scale: float = 0.5, zero_point: int = 0) -> Callable[[NetworkBuilder], int]:
    return lambda net: net.activation(shape, "int8", scale=scale, zero_point=zero_point)


def _numbers(values: Any) -> Callable[[NetworkBuilder], int]:
    return lambda net: net.constant(np.array(values, np.int32))


def _weights(*shape: int, scales: list[float], axis: int = 0, points: list[int] | None = None) -> Any:
    zeros = np.zeros(shape, np.int8)
    return lambda net: net.constant(zeros, scales=scales, zero_points=points or [], axis=axis)


def _absent(net: NetworkBuilder) -> None:  # noqa: ARG001
    return None


LAYERS: list[tuple[str, list[Any], dict[str, Any], str]] = [
    ("SOFTMAX", [_absent, _float(1, 4)], {"beta": 1.0}, "input 0 (input) is missing"),
    (
        "SOFTMAX",
        [_float(1, 4), _float(1, 4), _float(1, 4)],
        {"beta": 1.0},
        "has 2 inputs, expected at most 1 (input)",
    ),
    (
        "SOFTMAX",
        [_int8(1, 4), _int8(1, 4)],
        {"beta": 1.0},
        "output has scale 0.5 and zero point 0, expected 1/256 and -128",
    ),
    ("SOFTMAX", [_float(1, 4), _float(1, 5)], {"beta": 1.0}, "output has the shape [1, 5], expected [1, 4]"),
    (
        "SOFTMAX",
        [_int8(1, 4096), _int8(1, 4096, scale=1 / 256, zero_point=-128)],
        {"beta": 1.0},
        "rows have 4096 values; int8 sums at most 4095",
    ),
    (
        "SOFTMAX",
        [_int8(1, 4, scale=2**-27), _int8(1, 4, scale=1 / 256, zero_point=-128)],
        {"beta": 1.0},
        "input scale 7.450580596923828e-09 is too small: the input hardly varies, as in networks that are not "
        "trained",
    ),
    (
        "CONV_2D",
        [_float(1, 4, 4), _float(1, 1, 1, 4), _float(1, 4, 4, 1)],
        WINDOW,
        "input has the shape [1, 4, 4], expected 4 dimensions",
    ),
    (
        "CONV_2D",
        [_float(1, 4, 4, 4), _float(2, 1, 1, 3), _float(1, 4, 4, 2)],
        WINDOW,
        "filter has the shape [2, 1, 1, 3], which does not divide 4 input channels into groups",
    ),
    (
        "CONV_2D",
        [_float(1, 4, 4, 4), _float(2, 1, 1, 4), _float(1, 4, 4, 3)],
        WINDOW,
        "output has 3 channels, the filter has 2",
    ),
    (
        "CONV_2D",
        [_float(1, 4, 4, 4), _float(2, 5, 1, 4), _float(1, 1, 4, 2)],
        WINDOW,
        "a window of 5 x 1 does not fit into the input of 4 x 4",
    ),
    (
        "CONV_2D",
        [_float(1, 4, 4, 4), _float(2, 1, 1, 4), _float(1, 4, 3, 2)],
        WINDOW,
        "output has the shape [1, 4, 3, 2], expected [1, 4, 4, 2]",
    ),
    (
        "CONV_2D",
        [_float(1, 4, 4, 4), _float(2, 1, 1, 4), _float(3), _float(1, 4, 4, 2)],
        WINDOW,
        "bias has 3 values, expected one for each of 2 output channels",
    ),
    (
        "CONV_2D",
        [_float(1, 4, 4, 4), _float(2, 1, 1, 4), _float(1, 4, 4, 2)],
        {**WINDOW, "stride_w": 0},
        "stride_w is 0, expected at least 1",
    ),
    (
        "CONV_2D",
        [_float(1, 4, 4, 4), _float(2, 1, 1, 4), _float(1, 4, 4, 2)],
        {**WINDOW, "fused_activation_function": "TANH"},
        "fused_activation_function is TANH, expected one of NONE, RELU, RELU6, RELU_N1_TO_1",
    ),
    (
        "CONV_2D",
        [_int8(1, 1, 1, 4), _weights(2, 1, 1, 4, scales=[1.0, 1.0], axis=3), _int8(1, 1, 1, 2)],
        WINDOW,
        "filter has 2 scales along dimension 3, expected 2 along dimension 0",
    ),
    (
        "CONV_2D",
        [_int8(1, 1, 1, 4), _weights(2, 1, 1, 4, scales=[1.0], points=[5]), _int8(1, 1, 1, 2)],
        WINDOW,
        "filter has a zero point other than 0; weights must be quantized symmetrically",
    ),
    (
        "CONV_2D",
        [_int8(1, 1, 1, 4), _weights(2, 1, 1, 4, scales=[]), _int8(1, 1, 1, 2)],
        WINDOW,
        "filter is int8 but has no scale",
    ),
    (
        "DEPTHWISE_CONV_2D",
        [_float(1, 4, 4, 4), _float(1, 1, 1, 6), _float(1, 4, 4, 6)],
        WINDOW,
        "filter has the shape [1, 1, 1, 6], expected 1, height, width and a multiple of the 4 input channels",
    ),
    (
        "FULLY_CONNECTED",
        [_float(1, 4), _float(2, 3), _float(1, 2)],
        DENSE,
        "input has 4 values, expected rows of 3 for 2 outputs",
    ),
    (
        "FULLY_CONNECTED",
        [_float(1, 4), _float(2, 4), _float(1, 3)],
        DENSE,
        "output has the shape [1, 3], expected 1 rows of 2 values",
    ),
    (
        "FULLY_CONNECTED",
        [_float(1, 4), _float(2, 4), _float(1, 2)],
        {**DENSE, "weights_format": "SHUFFLED4x16INT8"},
        "weights_format is SHUFFLED4x16INT8, expected DEFAULT",
    ),
    (
        "MAX_POOL_2D",
        [_float(1, 4, 4, 4), _float(1, 3, 3, 2)],
        POOL,
        "output has 2 channels, the input 4",
    ),
    (
        "AVERAGE_POOL_2D",
        [_int8(1, 2, 2, 1), _int8(1, 1, 1, 1, zero_point=1)],
        POOL,
        "input and output are quantized differently: scale 0.5 and 0.5, zero point 0 and 1",
    ),
    (
        "MEAN",
        [_float(1, 4, 5, 6), _float(2), _float(1, 6)],
        {"keep_dims": False},
        "axis is computed while the network runs, expected a constant",
    ),
    (
        "MEAN",
        [_float(1, 4, 5, 6), _numbers([4]), _float(1, 6)],
        {"keep_dims": False},
        "axis 4 does not exist in an input of 4 dimensions",
    ),
    (
        "MEAN",
        [_float(1, 4, 5, 6), _numbers([1, 2]), _float(1, 6)],
        {"keep_dims": True},
        "output has the shape [1, 6], expected [1, 1, 1, 6]",
    ),
    (
        "ADD",
        [_float(1, 4, 2), _float(1, 4, 5), _float(1, 4, 5)],
        {"fused_activation_function": "NONE"},
        "input shapes [1, 4, 2], [1, 4, 5] differ in a dimension that is 1 in none of them",
    ),
    (
        "ADD",
        [_int8(1, 4), _int8(1, 4), _int8(1, 4, scale=1e-7)],
        {"fused_activation_function": "NONE"},
        "output scale 1.0000000116860974e-07 is too small for the scales of the inputs",
    ),
    (
        "PAD",
        [_float(1, 4), _numbers([[0, 1]]), _float(1, 5)],
        {},
        "paddings have the shape [1, 2], expected [2, 2]",
    ),
    (
        "PAD",
        [_float(1, 4), _numbers([[0, 0], [0, -1]]), _float(1, 3)],
        {},
        "paddings [[0, 0], [0, -1]] must not be negative",
    ),
    (
        "PAD",
        [_float(1, 1, 2, 2, 2), _numbers([[1, 0]] * 5), _float(2, 2, 3, 3, 3)],
        {},
        "pads more than 4 dimensions",
    ),
    (
        "PAD",
        [_float(1, 4), _numbers([[0, 0], [0, 1]]), _float(1, 4)],
        {},
        "output has the shape [1, 4], expected [1, 5]",
    ),
    ("RESHAPE", [_float(1, 4), _float(1, 5)], {}, "turns 4 values [1, 4] into [1, 5]"),
    (
        "RELU6",
        [_int8(1, 4), _int8(1, 4, scale=1.0)],
        {},
        "input and output are quantized differently: scale 0.5 and 1.0, zero point 0 and 0",
    ),
    ("QUANTIZE", [_float(1, 4), _float(4)], {}, "output has the shape [4], expected [1, 4]"),
]


@pytest.mark.parametrize(
    ("operator", "tensors", "options", "expected"), LAYERS, ids=[e[3][:60] for e in LAYERS]
)
def test_problem(operator: str, tensors: list[Any], options: dict[str, Any], expected: str) -> None:
    assert _problems(operator, lambda net: [add(net) for add in tensors], **options) == [expected]


def _damaged(draw: Callable[[Any], Any], graph: Graph) -> Graph:
    """`graph` with one tensor of another shape, type or quantization, or one input less."""
    layer = graph.layers[0]
    if draw(st.booleans()):
        count = draw(st.integers(0, len(layer.inputs) - 1))
        return replace(graph, layers=(replace(layer, inputs=layer.inputs[:count]),))
    tensors = list(graph.tensors)
    index = draw(st.integers(0, len(tensors) - 1))
    shape = tuple(draw(st.lists(st.integers(0, 5), max_size=5)))
    type_name = draw(st.sampled_from(["int8", "float32", "int32", "uint8"]))
    quantization = draw(st.sampled_from([tensors[index].quantization, None]))
    tensors[index] = replace(
        tensors[index], shape=shape, type=type_name, quantization=quantization, data=None
    )
    return replace(graph, tensors=tuple(tensors))


@pytest.mark.parametrize("operator", CASES)
@given(st.data())
def test_damaged_layers_do_not_raise(operator: str, data: st.DataObject) -> None:
    type_name = "int8" if operator == "DEQUANTIZE" else data.draw(st.sampled_from(["int8", "float32"]))
    case = data.draw(CASES[operator](type_name))
    graph = _damaged(data.draw, case.graph)
    found = find_operator(operator)
    assert found is not None
    view = graph.view(graph.layers[0])
    if not found.check(view):
        assert found.attributes(view) is not None
        assert found.macs(view) >= 0
        if found.number_type(view) is not None:
            assert found.parameters(view).fields
