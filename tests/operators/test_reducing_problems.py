"""Every mistake in a layer that works along axes or multiplies matrices is a sentence, and nothing raises."""

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
from support.product_cases import PRODUCTS
from support.reducing_cases import REDUCING, SHARED_REDUCTIONS
from support.tflite_builder import NetworkBuilder

Add = Callable[[NetworkBuilder], int]

KEEP = {"keep_dims": True}
TWICE = {"padding": "SAME", "stride_h": 2, "stride_w": 2, "fused_activation_function": "NONE"}
PLAIN = {"adj_x": False, "adj_y": False}
SUMS = {"exclusive": False, "reverse": False}


def _i8(*shape: int, scale: float = 0.5, point: int = 0) -> Add:
    return lambda net: net.activation(shape, "int8", scale=scale, zero_point=point)


def _i16(*shape: int, scale: float = 0.5, point: int = 0) -> Add:
    return lambda net: net.activation(shape, "int16", scale=scale, zero_point=point)


def _f(*shape: int) -> Add:
    return lambda net: net.activation(shape, "float32")


def _c(*values: int) -> Add:
    return lambda net: net.constant(np.array(values, np.int32))


LAYERS: list[tuple[str, list[Add], dict[str, Any], str]] = [
    ("MEAN", [_f(1, 4), _f(1, 4)], KEEP, "input 1 (axis) is missing"),
    (
        "SUM",
        [_f(1, 4), _f(1), _f(1, 1)],
        KEEP,
        "axis is computed while the network runs, expected a constant",
    ),
    ("SUM", [_f(1, 4), _c(2), _f(1, 1)], KEEP, "axis 2 does not exist in an input of 2 dimensions"),
    ("SUM", [_f(1, 0), _c(1), _f(1, 1)], KEEP, "input has the shape [1, 0], which holds no value"),
    ("SUM", [_f(1, 4), _c(1), _f(1)], KEEP, "output has the shape [1], expected [1, 1]"),
    ("SUM", [_f(1, 4), _c(1), _f(1, 1)], {"keep_dims": False}, "output has the shape [1, 1], expected [1]"),
    (
        "MEAN",
        [_f(*[2] * 9), _c(0, 2, 4, 6, 8), _f(1, 2, 1, 2, 1, 2, 1, 2, 1)],
        KEEP,
        "reduces axes [0, 2, 4, 6, 8] of [2, 2, 2, 2, 2, 2, 2, 2, 2], where more than 4 groups of neighbours are "
        "reduced or kept",
    ),
    (
        "REDUCE_MIN",
        [_i8(*[3] * 9), _c(1, 3, 5, -2), _i8(3, 1, 3, 1, 3, 1, 3, 1, 3)],
        KEEP,
        "reduces axes [1, 3, 5, 7] of [3, 3, 3, 3, 3, 3, 3, 3, 3], where more than 4 groups of neighbours are "
        "reduced or kept",
    ),
    (
        "MEAN",
        [_i8(1, 4), _c(1), _i8(1, 1, scale=2**-24)],
        KEEP,
        "output scale is too small: one step of the input is 8.39e+06 steps of the output",
    ),
    (
        "SUM",
        [_i8(1, 4), _c(1), _i8(1, 1, scale=2**-22)],
        KEEP,
        "output scale is too small: one step of the input is 2.1e+06 steps of the output",
    ),
    (
        "SUM",
        [_i16(2**17), _c(0), _i16(1)],
        KEEP,
        "adds up 131072 values of int16, whose sum takes 33 bits",
    ),
    (
        "MEAN",
        [_i16(4, point=3), _c(0), _i16(1)],
        KEEP,
        "input is int16 with the zero point 3, expected 0",
    ),
    (
        "REDUCE_MAX",
        [_i8(1, 4), _c(1), _i8(1, 1, scale=0.25)],
        KEEP,
        "input and output are quantized differently: scale 0.5 and 0.25, zero point 0 and 0",
    ),
    ("ARG_MAX", [_f(1, 4), _c(0, 1), _f(1)], {}, "axis has 2 values, expected 1"),
    ("ARG_MIN", [_f(1, 4), _c(-3), _f(1)], {}, "axis -3 does not exist in an input of 2 dimensions"),
    ("ARG_MIN", [_f(1, 0), _c(1), _f(1)], {}, "input has the shape [1, 0], which holds no value"),
    ("ARG_MIN", [_f(1, 4), _c(1), _f(1, 1)], {}, "output has the shape [1, 1], expected [1]"),
    ("CUMSUM", [_f(1, 4), _c(1), _f(1)], SUMS, "output has the shape [1], expected [1, 4]"),
    (
        "CUMSUM",
        [_i8(4), _c(0), _i8(4, scale=2**-20)],
        SUMS,
        "output scale 9.5367431640625e-07 is too small for the scale of the input",
    ),
    (
        "L2_NORMALIZATION",
        [_i8(4), _i8(4)],
        {"fused_activation_function": "NONE"},
        "output has scale 0.5 and zero point 0, expected 1/128 and 0",
    ),
    (
        "L2_NORMALIZATION",
        [_i8(33026), _i8(33026, scale=1 / 128)],
        {"fused_activation_function": "NONE"},
        "rows have 33026 values; int8 sums at most 33025",
    ),
    (
        "L2_NORMALIZATION",
        [_f(4), _f(4)],
        {"fused_activation_function": "RELU"},
        "has the fused activation RELU, expected NONE",
    ),
    (
        "L2_NORMALIZATION",
        [_f(1, 1, 1, 1, 4), _f(1, 1, 1, 1, 4)],
        {"fused_activation_function": "NONE"},
        "input has the shape [1, 1, 1, 1, 4], expected 1 to 4 dimensions of values",
    ),
    ("TRANSPOSE_CONV", [_c(1), _f(1), _f(1)], TWICE, "input 2 (input) is missing"),
    (
        "TRANSPOSE_CONV",
        [_f(4), _f(3, 2, 2, 5), _f(1, 4, 4, 5), _f(1, 8, 8, 3)],
        TWICE,
        "output_shape is computed while the network runs, expected a constant",
    ),
    (
        "TRANSPOSE_CONV",
        [_c(1, 8, 8, 3), _f(3, 2, 2), _f(1, 4, 4, 5), _f(1, 8, 8, 3)],
        TWICE,
        "filter has the shape [3, 2, 2], expected 4 dimensions",
    ),
    (
        "TRANSPOSE_CONV",
        [_c(1, 8, 8, 3), _f(3, 0, 2, 5), _f(1, 4, 4, 5), _f(1, 8, 8, 3)],
        TWICE,
        "filter [3, 0, 2, 5] or output [1, 8, 8, 3] holds no value",
    ),
    (
        "TRANSPOSE_CONV",
        [_c(1, 8, 7, 3), _f(3, 2, 2, 5), _f(1, 4, 4, 5), _f(1, 8, 8, 3)],
        TWICE,
        "output has the shape [1, 8, 8, 3], output_shape is [1, 8, 7, 3]",
    ),
    (
        "TRANSPOSE_CONV",
        [_c(1, 8, 9, 3), _f(3, 2, 2, 5), _f(1, 4, 4, 5), _f(1, 8, 9, 3)],
        TWICE,
        "filter [3, 2, 2, 5] does not lead from the input [1, 4, 4, 5] to the output [1, 8, 9, 3], "
        "from which it leads back to [1, 4, 5, 5]",
    ),
    (
        "TRANSPOSE_CONV",
        [_c(1, 8, 8, 3), _f(3, 2, 2, 5), _f(1, 4, 4, 5), _f(2), _f(1, 8, 8, 3)],
        TWICE,
        "bias has 2 values, expected one for each of 3 output channels",
    ),
    (
        "BATCH_MATMUL",
        [_f(2, 3), _f(4), _f(2, 4)],
        PLAIN,
        "input_2 has the shape [4], expected 2 to 5 dimensions of values",
    ),
    (
        "BATCH_MATMUL",
        [_f(2, 3), _f(3, 4), _f(2, 4)],
        {"adj_x": False, "adj_y": True},
        "rows of input_1 have 3 values, columns of input_2 4",
    ),
    (
        "BATCH_MATMUL",
        [_f(5, 2, 3), _f(3, 4), _f(2, 4)],
        PLAIN,
        "output has the shape [2, 4], expected 3 dimensions that end with 2, 4",
    ),
    (
        "BATCH_MATMUL",
        [_f(5, 2, 3), _f(2, 3, 4), _f(5, 2, 4)],
        PLAIN,
        "batches: input shapes [5], [2] differ in a dimension that is 1 in none of them",
    ),
    (
        "BATCH_MATMUL",
        [_i16(2, 3), _i16(3, 4), _i16(2, 4, scale=2**-9)],
        PLAIN,
        "output scale is too small: one step of the input is 128 steps of the output",
    ),
    (
        "BATCH_MATMUL",
        [_i8(2, 3), _i8(3, 4), _i8(2, 4, scale=2**-16)],
        PLAIN,
        "output scale is too small: one step of the input is 1.64e+04 steps of the output",
    ),
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
    assert found.check(graph.view(graph.layers[0])) == [expected]


@pytest.mark.parametrize(("values", "places"), [("float32", "int16"), ("int32", "bool")])
def test_places_have_to_be_int32_or_int64(values: TensorType, places: TensorType) -> None:
    net = NetworkBuilder()
    source, axis = net.activation((2, 3), values), net.constant(np.array(1, np.int32))
    output = net.activation((2,), places)
    net.layer("ARG_MAX", [source, axis], [output])
    graph, operator = net.finish([source], [output]), find_operator("ARG_MAX")
    assert operator is not None
    view = graph.view(graph.layers[0])
    assert operator.check(view) == []
    assert operator.attributes(view)["axis_size"] == 3
    assert operator.number_type(view) is None


_DRAWN = {
    **REDUCING,
    **PRODUCTS,
    **{f"{key}-{name}": draw for key, one in SHARED_REDUCTIONS.items() for name, draw in one.items()},
}


@pytest.mark.parametrize("layers", _DRAWN)
@settings(max_examples=examples(60), deadline=None)
@given(st.data())
def test_damaged_layers_do_not_raise(layers: str, data: st.DataObject) -> None:
    types = ["int8", "int16", "float32", *([] if layers in PRODUCTS else ["int32"])]
    graph = damaged(data.draw, data.draw(_DRAWN[layers](data.draw(st.sampled_from(types)))).graph)
    found = find_operator(graph.layers[0].operator)
    assert found is not None
    if check_graph(graph):
        return
    view = graph.view(graph.layers[0])
    assert found.attributes(view) is not None
    assert found.macs(view) >= 0
    if found.number_type(view) is not None:
        assert found.parameters(view).c_type.startswith(f"tinyml_{found.computation(view).lower()}_")
