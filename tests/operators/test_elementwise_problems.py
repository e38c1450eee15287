"""Every mistake in an elementwise layer is reported as a sentence, and nothing raises, whatever the scales."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scons_tinyml.stages.graph.checks import check_graph
from scons_tinyml.stages.graph.ir import TensorType
from scons_tinyml.stages.graph.operators import find_operator
from support.damaged import damaged
from support.effort import examples
from support.elementwise_cases import ELEMENTWISE
from support.tflite_builder import NetworkBuilder

Add = Callable[[NetworkBuilder], int]

NONE = {"fused_activation_function": "NONE"}


def _t(type_name: TensorType, *shape: int, scale: float = 0.5, point: int = 0) -> Add:
    if type_name in ("int8", "uint8", "int16"):
        return lambda net: net.activation(shape, type_name, scale=scale, zero_point=point)
    return lambda net: net.activation(shape, type_name)


def _i8(*shape: int, scale: float = 0.5, point: int = 0) -> Add:
    return _t("int8", *shape, scale=scale, point=point)


def _f(*shape: int) -> Add:
    return _t("float32", *shape)


def _constant(values: Any, type_name: str, **quantization: Any) -> Add:
    return lambda net: net.constant(np.array(values, type_name), **quantization)


LAYERS: list[tuple[str, list[Add], dict[str, Any], str]] = [
    (
        "SUB",
        [_f(2, 3), _f(2, 4), _f(2, 4)],
        NONE,
        "input shapes [2, 3], [2, 4] differ in a dimension that is 1 in none of them",
    ),
    ("SUB", [_f(2), _f(2)], NONE, "input 1 (input_2) is missing"),
    (
        "SUB",
        [_f(2), _f(2), _f(2)],
        {"fused_activation_function": "TANH"},
        "fused_activation_function is TANH, expected one of NONE, RELU, RELU6, RELU_N1_TO_1",
    ),
    (
        "SUB",
        [_i8(2), _i8(2), _i8(2, scale=2**-21)],
        NONE,
        "output scale 4.76837158203125e-07 is too small for the scales of the inputs",
    ),
    (
        "ADD",
        [_t("int32", 2), _t("int32", 2), _t("int32", 2)],
        {"fused_activation_function": "RELU"},
        "a sum of int32 cannot have a fused activation",
    ),
    (
        "MUL",
        [_i8(2, scale=1.0), _i8(2, scale=1.0), _i8(2, scale=2**-14)],
        NONE,
        "output scale is too small: one step of the input is 1.64e+04 steps of the output",
    ),
    (
        "DIV",
        [_i8(2), _i8(2), _i8(2, scale=0.1)],
        NONE,
        "scale of input 1 / (scale of input 2 * output scale) is outside of [64, 8388608), "
        "where int8 quotients are defined",
    ),
    (
        "DIV",
        [_t("int32", 2), _constant([1, 0], "int32"), _t("int32", 2)],
        NONE,
        "input 2 is constant and holds a 0",
    ),
    (
        "DIV",
        [_i8(2), _constant([3, 4], "int8", scales=[0.5], zero_points=[4]), _i8(2, scale=2**-7)],
        NONE,
        "input 2 is constant and holds a 0",
    ),
    (
        "SQUARED_DIFFERENCE",
        [_i8(2, scale=1.0), _i8(2, scale=1.0), _i8(2, scale=2**-12)],
        {},
        "output scale is too small: one step of the input is 1 steps of the output",
    ),
    (
        "MUL",
        [_i8(2, scale=2**-30), _i8(2), _i8(2, scale=2**-31)],
        {"fused_activation_function": "RELU6"},
        "output scale 4.656612873077393e-10 is too small for the limits of a fused activation",
    ),
    (
        "MAXIMUM",
        [_i8(2), _i8(2, scale=0.25), _i8(2)],
        {},
        "input 1 and input 2 are quantized differently: scale 0.5 and 0.25, zero point 0 and 0",
    ),
    (
        "MINIMUM",
        [_i8(2), _i8(2), _i8(2, point=1)],
        {},
        "input 1 and output are quantized differently: scale 0.5 and 0.5, zero point 0 and 1",
    ),
    (
        "LESS",
        [_i8(2), _i8(2, scale=1.0), _t("bool", 2)],
        {},
        "input 2 has the scale 1.0; int8 values are compared only with scales below 1",
    ),
    (
        "PRELU",
        [_f(2, 1), _f(3), _f(2, 3)],
        {},
        "output has the shape [2, 3], expected [2, 1]",
    ),
    (
        "MUL",
        [_t("int64", 2), _t("int64", 2), _t("int64", 2)],
        {"fused_activation_function": "RELU"},
        "a result of int64 cannot have a fused activation: fields of kernels have 32 bits",
    ),
    (
        "PRELU",
        [_t("int16", 2), _i8(2, scale=1.0), _t("int16", 2, scale=2**-9)],
        {},
        "output scale is too small: one step of the input is 256 steps of the output",
    ),
    (
        "SQRT",
        [_t("int16", 2), _t("int16", 2, scale=2**-25)],
        {},
        "output scale 2.9802322387695312e-08 is too small for roots of an input of 0.5",
    ),
    (
        "SELECT_V2",
        [_f(2), _f(2), _f(2), _f(2)],
        {},
        "inputs are float32, float32, float32 and the output float32, expected bool and three times one of "
        "float32, int8, uint8, int16, int32, int64, bool",
    ),
    (
        "SELECT_V2",
        [_t("bool", 2), _f(2), _f(1, 2), _f(2)],
        {},
        "output has the shape [2], expected 2 dimensions",
    ),
    (
        "SELECT_V2",
        [_t("bool", 2), _t("int16", 2), _t("int16", 2), _t("int16", 2, scale=1.0)],
        {},
        "input 1 and output are quantized differently: scale 0.5 and 1.0, zero point 0 and 0",
    ),
    ("NEG", [_i8(2), _i8(2)], {}, "input and output are int8, expected int32 or int64 or float32"),
    (
        "ABS",
        [_t("int64", 2), _t("int64", 2)],
        {},
        "input and output are int64, expected int8 or int16 or int32 or float32",
    ),
    (
        "ABS",
        [_t("int16", 2, scale=1.0), _t("int16", 2, scale=2**-15)],
        {},
        "output scale is too small: one step of the input is 3.28e+04 steps of the output",
    ),
    (
        "LESS",
        [_t("int16", 2), _t("int16", 2, scale=1.0), _t("bool", 2)],
        {},
        "input 1 and input 2 are quantized differently: scale 0.5 and 1.0, zero point 0 and 0",
    ),
    (
        "SQUARED_DIFFERENCE",
        [_t("int16", 2), _t("int16", 2), _t("int16", 2, scale=1.0)],
        {},
        "output scale is too small: one step of the input is 1 steps of the output",
    ),
    (
        "EXP",
        [_t("int16", 2), _t("int16", 2)],
        {},
        "input goes up to 1.64e+04, exponentials are tabulated below 60",
    ),
    ("EXP", [_f(2), _f(3)], {}, "output has the shape [3], expected [2]"),
    ("TANH", [_i8(2), _i8(2)], {}, "output has scale 0.5 and zero point 0, expected 1/128 and 0"),
    (
        "LOGISTIC",
        [_i8(2, scale=2**-28), _i8(2, scale=1 / 256, point=-128)],
        {},
        "input scale 3.725290298461914e-09 is too small: the input hardly varies, as in networks that are not "
        "trained",
    ),
    ("LEAKY_RELU", [_f(2), _f(2)], {"alpha": float("nan")}, "alpha is nan, expected a number"),
    (
        "LEAKY_RELU",
        [_i8(2), _i8(2, scale=2**-24)],
        {"alpha": 0.1},
        "output scale is too small: one step of the input is 8.39e+06 steps of the output",
    ),
    (
        "HARD_SWISH",
        [_i8(2, scale=1.0), _i8(2, scale=2**-7)],
        {},
        "input scale / output scale is outside of [0.00390625, 128)",
    ),
    (
        "HARD_SWISH",
        [_i8(2, scale=2**-22), _i8(2, scale=2**-22)],
        {},
        "input scale 2.384185791015625e-07 is too small: the input hardly varies, as in networks that are not "
        "trained",
    ),
    ("HARD_SWISH", [_i8(2, scale=2.0**10), _i8(2, scale=2.0**10)], {}, "input scale 1024.0 is too large"),
    (
        "RSQRT",
        [_i8(2, scale=1e-30), _i8(2, scale=1e-30)],
        {},
        "scales 1.0000000031710769e-30 and 1.0000000031710769e-30 are too small or too large for an inverse "
        "square root",
    ),
    (
        "GELU",
        [_f(2), _f(2)],
        {"approximate": True},
        "approximate is set, which loses all digits in float32; convert with approximate=False",
    ),
    (
        "RELU_N1_TO_1",
        [_i8(2, scale=2**-20), _i8(2, scale=2**-31)],
        {},
        "output scale 4.656612873077393e-10 is too small: 1 is no integer of 32 bits in it",
    ),
    (
        "ELU",
        [_i8(2), _i8(2, scale=1e-38)],
        {},
        "output scale 9.999999350456404e-39 is too small or too large",
    ),
    (
        "LOG_SOFTMAX",
        [_i8(1, 4096), _i8(1, 4096, scale=1 / 16)],
        {},
        "output has scale 0.0625 and zero point 0, expected 1/16 and 127",
    ),
    (
        "CAST",
        [_t("int4", 2), _f(2)],
        {},
        "input is int4, expected one of bool, int8, uint8, int16, int32, uint32, int64, float32",
    ),
    (
        "CAST",
        [_f(2), _t("int4", 2)],
        {},
        "output is int4, expected one of int8, int16, int32, float32, bool, uint8, int64, uint32",
    ),
    (
        "QUANTIZE",
        [_t("int16", 2, scale=1.0), _i8(2, scale=2**-14)],
        {},
        "output scale is too small: one step of the input is 1.64e+04 steps of the output",
    ),
    (
        "QUANTIZE",
        [lambda net: net.activation((2,), "int32", scale=1.0), _i8(2, scale=1.0)],
        {},
        "output scale is too small: one step of the input is 1 steps of the output",
    ),
    (
        "QUANTIZE",
        [_i8(2), lambda net: net.activation((2,), "int32", scale=0.5, zero_point=3)],
        {},
        "output is int32 with the zero point 3, expected 0",
    ),
    ("QUANTIZE", [_i8(2), _t("int32", 2)], {}, "output is int32 but has no scale"),
]


@pytest.mark.parametrize(
    ("operator", "tensors", "options", "expected"), LAYERS, ids=[f"{e[0]}-{e[3][:50]}" for e in LAYERS]
)
def test_problem(operator: str, tensors: list[Add], options: dict[str, Any], expected: str) -> None:
    net = NetworkBuilder()
    *inputs, output = [add(net) for add in tensors]
    net.layer(operator, inputs, [output], **options)
    graph = net.finish([], [output])
    found = find_operator(operator)
    assert found is not None
    assert expected in found.check(graph.view(graph.layers[0]))


@pytest.mark.parametrize(("operator", "type_name"), ELEMENTWISE)
@settings(max_examples=examples(60), deadline=None)
@given(st.data())
def test_damaged_layers_do_not_raise(operator: str, type_name: TensorType, data: st.DataObject) -> None:
    graph = damaged(data.draw, data.draw(ELEMENTWISE[operator, type_name]).graph)
    found = find_operator(operator)
    assert found is not None
    if check_graph(graph):
        return
    view = graph.view(graph.layers[0])
    assert found.attributes(view) is not None
    assert found.macs(view) == 0
    if found.number_type(view) is not None:
        assert found.parameters(view).c_type.startswith(f"tinyml_{found.computation(view).lower()}_")


def test_an_output_without_a_scale_has_no_kernel_and_raises_nothing() -> None:
    net = NetworkBuilder()
    inputs = [net.activation((2,), "int8", scale=0.5, zero_point=0) for _ in range(2)]
    output = net.activation((2,), "uint8")
    net.layer("MUL", inputs, [output], **NONE)
    graph = net.finish(inputs, [output])
    operator = find_operator("MUL")
    assert operator is not None
    assert operator.check(graph.view(graph.layers[0])) == []
    assert operator.number_type(graph.view(graph.layers[0])) is None
