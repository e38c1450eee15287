"""Every mistake in layers that choose or fill places, and in signal layers, is a sentence, and nothing raises."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from scons_tinyml.stages.graph.checks import check_graph
from scons_tinyml.stages.graph.families.signal.base import Signal
from scons_tinyml.stages.graph.ir import TensorType
from scons_tinyml.stages.graph.operators import find_operator
from support.cases import Case
from support.damaged import damaged
from support.effort import examples
from support.elementwise_cases import ELEMENTWISE
from support.indexed_cases import INDEXED
from support.reducing_cases import REDUCING, TRUTH
from support.signal_cases import SIGNALS
from support.tflite_builder import NetworkBuilder

Add = Callable[[NetworkBuilder], int]


def _a(type_name: TensorType, *shape: int) -> Add:
    return lambda net: net.activation(shape, type_name)


def _i8(*shape: int, scale: float = 0.5, point: int = 0) -> Add:
    return lambda net: net.activation(shape, "int8", scale=scale, zero_point=point)


def _c(*values: int, kind: str = "int32") -> Add:
    return lambda net: net.constant(np.array(values, kind))


def _one(value: int) -> Add:
    return lambda net: net.constant(np.array(value, np.int32))


F = "float32"
SPECTRUM = {"T": 7, "fft_length": 8}
STACK = {"num_channels": 2, "stacker_left_context": 1, "stacker_right_context": 0, "stacker_step": 1}
BANK = [_a("uint32", 4), _c(1, 2, kind="int16"), _c(1, 2, kind="int16"), _c(0, 3, kind="int16")]

LAYERS: list[tuple[str, list[Add], int, dict[str, Any], str]] = [
    (
        "GATHER_ND",
        [_a(F, 3), _a(F, 1), _a(F)],
        1,
        {},
        "positions are float32, expected int32 or int16 or int64",
    ),
    (
        "GATHER_ND",
        [_a(F, 3), _a("int32", 2), _a(F)],
        1,
        {},
        "positions have 2 coordinates, expected at most 1",
    ),
    (
        "GATHER_ND",
        [_a(F, 3, 2), _c(1, 2), _a(F)],
        1,
        {},
        "position 2 does not exist along an axis of 2",
    ),
    ("GATHER_ND", [_a(F, 3), _a("int32", 1), _a(F, 2)], 1, {}, "output has the shape [2], expected []"),
    (
        "ONE_HOT",
        [_a("int32", 2), _one(3), _a(F), _a(F), _a(F, 2, 3)],
        1,
        {"axis": 2},
        "axis 2 does not exist in an output of 2 dimensions",
    ),
    (
        "ONE_HOT",
        [_a("int32", 2), _one(0), _a(F), _a(F), _a(F, 2, 3)],
        1,
        {"axis": -1},
        "depth is 0, expected 1 or more",
    ),
    (
        "DYNAMIC_UPDATE_SLICE",
        [_a(F, 3), _a(F, 4), _a("int32", 1), _a(F, 3)],
        1,
        {},
        "update has the shape [4], which does not fit into [3]",
    ),
    (
        "BROADCAST_ARGS",
        [_a("int32", 3), _a("int32", 2), _a("int32", 2)],
        1,
        {},
        "output has the shape [2], expected [3]",
    ),
    ("FILL", [_c(2, 3), _a(F, 1), _a(F, 2, 3)], 1, {}, "value has the shape [1], expected 0 dimensions"),
    ("FILL", [_c(2, 0), _a(F), _a(F, 2, 0)], 1, {}, "shape is [2, 0], expected lengths above 0"),
    ("ADD_N", [_a(F, 2), _a(F, 2)], 1, {}, "has 1 inputs, expected 2 to 14"),
    (
        "ADD_N",
        [_i8(2), _i8(2), _i8(2, scale=2**-22)],
        1,
        {},
        "output scale 2.384185791015625e-07 is too small for the scale of the inputs",
    ),
    (
        "TOPK_V2",
        [_a(F, 3), _one(4), _a(F, 4), _a("int32", 4)],
        2,
        {},
        "count is 4, expected 1 to 3, the values of a row",
    ),
    ("TOPK_V2", [_a(F, 3), _one(1), _a(F, 1)], 1, {}, "has 1 outputs, expected 2"),
    ("FLOOR_DIV", [_a("int32", 2), _c(1, 0), _a("int32", 2)], 1, {}, "input 2 is constant and holds a 0"),
    (
        "FLOOR_MOD",
        [_a(F, 1, 1, 1, 1, 2), _a(F, 2), _a(F, 1, 1, 1, 1, 2)],
        1,
        {},
        "repeats an input of 5 dimensions, expected at most 4",
    ),
    (
        "CAST",
        [_a(F, 2), _a("uint32", 2)],
        1,
        {},
        "converts float32 to uint32, which is undefined for negative values; use int32",
    ),
    (
        "SIGNAL_RFFT",
        [_a("int16", 8), _a("int16", 10)],
        1,
        {"T": 7, "fft_length": 12},
        "fft_length is 12, expected a power of two from 4 to 32768",
    ),
    (
        "SIGNAL_RFFT",
        [_a("int16", 9), _a("int16", 10)],
        1,
        SPECTRUM,
        "input has rows of 9 values, expected at most 8",
    ),
    (
        "SIGNAL_IRFFT",
        [_a("int16", 9), _a("int16", 8)],
        1,
        SPECTRUM,
        "input has rows of 9 values, expected 10",
    ),
    ("SIGNAL_RFFT", [_a(F, 8), _a(F, 10)], 1, SPECTRUM, "T is 7, for float32 expected 0"),
    (
        "SIGNAL_RFFT",
        [_a("int8", 8), _a("int8", 10)],
        1,
        SPECTRUM,
        "input is int8, expected int16 or int32 or float32",
    ),
    (
        "SIGNAL_WINDOW",
        [_a("int16", 1, 8), _c(1, 2, kind="int16"), _a("int16", 1, 8)],
        1,
        {"shift": 12},
        "rows have 8 values, the window 2",
    ),
    (
        "SIGNAL_ENERGY",
        [_a("int16", 8), _a("uint32", 4)],
        1,
        {"start_index": 2, "end_index": 5},
        "start_index is 2 and end_index 5, expected places in an output of 4 values",
    ),
    (
        "SIGNAL_FILTER_BANK",
        [*BANK, _c(0, 0, kind="int16"), _c(2, 2, kind="int16"), _a("uint64", 1)],
        1,
        {"num_channels": 1},
        "channel 1 has frequencies or weights that do not exist",
    ),
    (
        "SIGNAL_PCAN",
        [_a("uint32", 4), _a("uint32", 4), _a("int16", 124), _a("uint32", 4)],
        1,
        {"snr_shift": 6},
        "gains has 124 values, expected 125",
    ),
    (
        "SIGNAL_FRAMER",
        [_a("int16", 4), _a("int16", 2, 3), _a("bool")],
        2,
        {"frame_size": 3, "frame_step": 2, "prefill": False},
        "prefill is off: the first outputs are undefined; convert with prefill",
    ),
    (
        "SIGNAL_STACKER",
        [_a("int16", 2), _a("int16", 4), _a("bool")],
        2,
        {**STACK, "stacker_right_context": 1},
        "stacker_right_context is 1 and stacker_step 1: outputs of some inferences are undefined; only 0 and 1 "
        "give one for each",
    ),
    (
        "SIGNAL_OVERLAP_ADD",
        [_a("int16", 2, 4), _a("int16", 10)],
        1,
        {"T": 7, "frame_step": 5},
        "frame_step is 5, expected a part of the frames of [2, 4]",
    ),
]


@pytest.mark.parametrize(
    ("operator", "tensors", "outputs", "options", "expected"),
    LAYERS,
    ids=[f"{found[0]}-{found[4][:50]}" for found in LAYERS],
)
def test_problem(
    operator: str, tensors: list[Add], outputs: int, options: dict[str, Any], expected: str
) -> None:
    net = NetworkBuilder()
    found = [add(net) for add in tensors]
    net.layer(operator, found[:-outputs], found[-outputs:], **options)
    graph = net.finish_with_states([], found[-outputs:])
    operator_of = find_operator(operator)
    assert operator_of is not None
    assert operator_of.check(graph.view(graph.layers[0])) == [expected]


def _type_of(operator: str) -> TensorType:
    found = find_operator(operator)
    assert isinstance(found, Signal)
    return cast(TensorType, found.types[0])


_DRAWN: dict[str, SearchStrategy[Case]] = {
    **{name: layers("int32" if name == "BROADCAST_ARGS" else "any") for name, layers in INDEXED.items()},
    **{name: layers(_type_of(name)) for name, layers in SIGNALS.items()},
    **{name: layers("bool") for name, layers in TRUTH.items()},
    **{name: ELEMENTWISE[name, "float32"] for name in ("ADD_N", "FLOOR_DIV", "FLOOR_MOD", "POW", "SIGN")},
    "TOPK_V2": REDUCING["TOPK_V2"]("int8"),
}


@pytest.mark.parametrize("operator", _DRAWN)
@settings(max_examples=examples(25), deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_damaged_layers_do_not_raise(operator: str, data: st.DataObject) -> None:
    graph = damaged(data.draw, data.draw(_DRAWN[operator]).graph)
    found = find_operator(graph.layers[0].operator)
    assert found is not None
    if not check_graph(graph):
        view = graph.view(graph.layers[0])
        if found.number_type(view) is not None:
            assert found.attributes(view)
            assert found.parameters(view).fields
