"""int16 activations: which layers have kernels, and what is said of those that have none."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from scons_tinyml.stages.graph.families.base import Operator
from scons_tinyml.stages.graph.ir import LayerView
from scons_tinyml.stages.graph.operators import find_operator
from support.tflite_builder import NetworkBuilder

WINDOW = {
    "padding": "VALID",
    "stride_h": 1,
    "stride_w": 1,
    "dilation_h_factor": 1,
    "dilation_w_factor": 1,
    "fused_activation_function": "NONE",
}
DENSE = {"fused_activation_function": "NONE", "weights_format": "DEFAULT", "keep_num_dims": False}
SUM = {"fused_activation_function": "NONE"}
FRACTION = 1 / 32768


def _weighted(
    operator: str, bias: str | None = "int64", scale: float = 0.5, point: int = 0, **options: Any
) -> tuple[Operator, LayerView]:
    """A convolution of one pixel, or a dense layer; input and filter have the scales 0.5 and 0.25."""
    net = NetworkBuilder()
    image = operator != "FULLY_CONNECTED"
    x = net.activation((1, 1, 1, 2) if image else (1, 2), "int16", scale=0.5, zero_point=point)
    filter_shape = {"CONV_2D": (2, 1, 1, 2), "DEPTHWISE_CONV_2D": (1, 1, 1, 2)}.get(operator, (2, 2))
    inputs: list[int | None] = [x, net.constant(np.ones(filter_shape, np.int8), scales=[0.25])]
    inputs.append(None if bias is None else net.constant(np.zeros(2, bias)))
    y = net.activation((1, 1, 1, 2) if image else (1, 2), "int16", scale=scale)
    net.layer(operator, inputs, [y], **(WINDOW if image else DENSE), **options)
    return _found(net, y)


def _found(net: NetworkBuilder, output: int) -> tuple[Operator, LayerView]:
    graph = net.finish([0], [output])
    operator = find_operator(graph.layers[0].operator)
    assert operator is not None
    return operator, graph.view(graph.layers[0])


@pytest.mark.parametrize("operator", ["CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED"])
@pytest.mark.parametrize(
    ("bias", "options", "expected"),
    [
        ("int64", {}, 1),
        (None, {}, 1),
        (None, {"quantized_bias_type": "INT64"}, 1),
        (None, {"quantized_bias_type": "INT32"}, 0),
        ("int32", {}, 0),
        ("int32", {"quantized_bias_type": "INT64"}, 0),
    ],
)
def test_sums_are_as_wide_as_the_bias(
    operator: str, bias: str | None, options: dict[str, str], expected: int
) -> None:
    if operator == "DEPTHWISE_CONV_2D" and not expected:
        pytest.skip("has no such option, and refuses a bias of int32")
    layer, view = _weighted(operator, bias, **options)
    assert layer.check(view) == []
    assert layer.number_type(view) == "int16"
    assert layer.attributes(view)["wide_sums"] == layer.parameters(view).fields["wide_sums"] == expected


@pytest.mark.parametrize(
    ("operator", "changes", "expected"),
    [
        ("CONV_2D", {"point": 3}, ["input is int16 with the zero point 3, expected 0"]),
        (
            "FULLY_CONNECTED",
            {"scale": 0.125 / 128},
            ["output scale 0.0009765625 is too small for the scales of input and filter"],
        ),
        ("FULLY_CONNECTED", {"scale": 0.125 / 128, "bias": "int32"}, []),
        ("FULLY_CONNECTED", {"scale": 0.125 / 127}, []),
        ("DEPTHWISE_CONV_2D", {"bias": "int32"}, ["bias is int32, expected int64 for int16 activations"]),
    ],
)
def test_layers_with_weights(operator: str, changes: dict[str, Any], expected: list[str]) -> None:
    layer, view = _weighted(operator, **changes)
    assert layer.check(view) == expected


def test_a_wide_bias_of_int8_activations_has_no_kernel() -> None:
    net = NetworkBuilder()
    x = net.activation((1, 2), "int8", scale=0.5)
    filters = net.constant(np.ones((2, 2), np.int8), scales=[0.25])
    y = net.activation((1, 2), "int8", scale=0.5)
    net.layer("FULLY_CONNECTED", [x, filters, net.constant(np.zeros(2, np.int64))], [y], **DENSE)
    layer, view = _found(net, y)
    assert layer.number_type(view) is None


def _without_weights(
    operator: str, scales: Sequence[float], points: Sequence[int] = (0, 0, 0), length: int = 2, **options: Any
) -> list[str]:
    """Problems of a layer whose inputs and, last, output have `scales` and zero `points`."""
    net = NetworkBuilder()
    tensors = [
        net.activation((1, length), "int16", scale=scale, zero_point=point)
        for scale, point in zip(scales, points, strict=False)
    ]
    net.layer(operator, tensors[:-1], tensors[-1:], **options)
    layer, view = _found(net, tensors[-1])
    assert layer.number_type(view) == "int16"
    return layer.check(view)


@pytest.mark.parametrize(
    ("operator", "scales", "options", "expected"),
    [
        ("SOFTMAX", (0.1, FRACTION * 1.0005), {"beta": 1.0}, []),
        ("SOFTMAX", (0.1, 1 / 256), {"beta": 1.0}, ["output has scale 0.00390625, expected 1/32768"]),
        (
            "SOFTMAX",
            (5.5, FRACTION),
            {"beta": 1.0},
            ["input scale 5.5 times beta is too large"],
        ),
        (
            "SOFTMAX",
            (0.1, FRACTION),
            {"beta": 1.0, "length": 65536},
            ["rows have 65536 values; int16 sums at most 65535"],
        ),
        ("LOGISTIC", (2.5, FRACTION), {}, []),
        ("LOGISTIC", (2.75, FRACTION), {}, ["input scale 2.75 is too large for int16"]),
        ("TANH", (0.1, 1 / 128), {}, ["output has scale 0.0078125, expected 1/32768"]),
        ("MUL", (0.5, 0.5, 0.3), SUM, []),
        (
            "MUL",
            (0.5, 0.5, 0.25),
            SUM,
            ["output scale is too small: one step of the input is 1 steps of the output"],
        ),
        (
            "ADD",
            (0.5, 0.25, 2**-15),
            SUM,
            ["output scale 3.0517578125e-05 is too small for the scales of the inputs"],
        ),
        (
            "LEAKY_RELU",
            (0.5, 2**-16),
            {"alpha": 0.5},
            ["output scale is too small: one step of the input is 3.28e+04 steps of the output"],
        ),
        (
            "RELU6",
            (0.5, 0.25),
            {},
            ["input and output are quantized differently: scale 0.5 and 0.25, zero point 0 and 0"],
        ),
    ],
)
def test_layers_without_weights(
    operator: str, scales: Sequence[float], options: dict[str, Any], expected: list[str]
) -> None:
    assert _without_weights(operator, scales, **options) == expected


@pytest.mark.parametrize(
    ("operator", "options"),
    [
        ("ADD", SUM),
        ("SUB", SUM),
        ("MUL", SUM),
        ("MINIMUM", {}),
        ("RELU", {}),
        ("LOGISTIC", {}),
        ("SOFTMAX", {"beta": 1.0}),
    ],
)
def test_zero_points_are_0(operator: str, options: dict[str, Any]) -> None:
    count = 3 if operator in ("ADD", "SUB", "MUL", "MINIMUM") else 2
    role = "input 1" if count == 3 else "input"
    problems = _without_weights(operator, (0.01,) * count, (7, 0, 0), **options)
    assert problems == [f"{role} is int16 with the zero point 7, expected 0"]
