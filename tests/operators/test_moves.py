"""Walks through the input of layers that move values: merged, in large units, and none for what stays in place."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scons_tinyml.stages.graph.families.base import CArray
from scons_tinyml.stages.graph.families.moving.loops import Loop, LoopNest, dense_strides, loop_nest
from scons_tinyml.stages.graph.ir import Graph, TensorType
from scons_tinyml.stages.graph.operators import find_operator
from scons_tinyml.stages.plan.lifetimes import alias_source
from support.tflite_builder import NetworkBuilder


@pytest.mark.parametrize(
    ("loops", "item_bytes", "offset", "expected"),
    [
        ([], 1, 0, LoopNest(0, 1, ())),
        ([], 8, 0, LoopNest(0, 4, (Loop(2, 4),))),
        ([Loop(3, 8), Loop(2, 4)], 4, 0, LoopNest(0, 4, (Loop(6, 4),))),
        ([Loop(3, 8), Loop(8, 1)], 1, 0, LoopNest(0, 4, (Loop(6, 4),))),
        ([Loop(3, 8), Loop(8, 1)], 1, 2, LoopNest(2, 2, (Loop(12, 2),))),
        ([Loop(3, 16), Loop(6, 1)], 1, 0, LoopNest(0, 2, (Loop(3, 16), Loop(3, 2)))),
        ([Loop(3, 16), Loop(4, 1)], 1, 4, LoopNest(4, 4, (Loop(3, 16),))),
        ([Loop(2, 1), Loop(3, 2)], 1, 0, LoopNest(0, 1, (Loop(2, 1), Loop(3, 2)))),
        ([Loop(4, 0), Loop(2, 0), Loop(3, 4)], 4, 0, LoopNest(0, 4, (Loop(8, 0), Loop(3, 4)))),
        ([Loop(5, -12), Loop(3, -4)], 4, 56, LoopNest(56, 4, (Loop(15, -4),))),
        ([Loop(1, 99), Loop(7, 3)], 1, 0, LoopNest(0, 1, (Loop(7, 3),))),
    ],
)
def test_loop_nest(loops: Sequence[Loop], item_bytes: int, offset: int, expected: LoopNest) -> None:
    assert loop_nest(loops, item_bytes, offset) == expected


@given(st.lists(st.tuples(st.integers(1, 5), st.integers(-9, 9)), max_size=6), st.sampled_from([1, 2, 4, 8]))
def test_a_walk_visits_the_same_bytes(loops: list[tuple[int, int]], item_bytes: int) -> None:
    loops = [Loop(length, stride * item_bytes) for length, stride in loops]
    found = loop_nest(loops, item_bytes)
    assert _visited(found.loops, found.element_bytes) == _visited(loops, item_bytes)


def _visited(loops: Sequence[Loop], unit: int) -> list[int]:
    places = np.zeros(1, int)
    for axis in (*loops, Loop(unit, 1)):
        places = np.add.outer(places, np.arange(axis.length) * axis.stride).ravel()
    return places.tolist()


def test_dense_strides() -> None:
    assert dense_strides((2, 3, 5), 4) == (60, 20, 4)
    assert dense_strides((), 4) == ()


def _layer(
    operator: str,
    shape: Sequence[int],
    constants: Sequence[Sequence[int]],
    output: Sequence[int],
    type_name: TensorType = "float32",
    **options: int,
) -> Graph:
    net = NetworkBuilder()
    source, result = net.activation(shape, type_name), net.activation(output, type_name)
    numbers = [net.constant(np.array(values, np.int32)) for values in constants]
    net.layer(operator, [source, *numbers], [result], **options)
    return net.finish([source], [result])


@pytest.mark.parametrize(
    ("graph", "nothing_to_do"),
    [
        (_layer("TRANSPOSE", (1, 5, 1, 4), [[2, 1, 0, 3]], (1, 5, 1, 4)), True),
        (_layer("TRANSPOSE", (1, 4, 5, 1), [[0, 3, 1, 2]], (1, 1, 4, 5)), True),
        (_layer("TRANSPOSE", (1, 4, 5, 2), [[0, 3, 1, 2]], (1, 2, 4, 5)), False),
        (_layer("SLICE", (3, 4), [[0, 0], [-1, 4]], (3, 4)), True),
        (_layer("SLICE", (3, 4), [[0, 0], [2, 4]], (2, 4)), False),
        (_layer("BROADCAST_TO", (3, 4), [[1, 3, 4]], (1, 3, 4)), True),
        (_layer("BROADCAST_TO", (4,), [[3, 4]], (3, 4)), False),
        (_layer("TILE", (3, 4), [[1, 1]], (3, 4)), True),
        (_layer("DEPTH_TO_SPACE", (1, 2, 2, 4), [], (1, 2, 2, 4), block_size=1), True),
        (_layer("DEPTH_TO_SPACE", (1, 1, 1, 4), [], (1, 2, 2, 1), block_size=2), True),
        (_layer("DEPTH_TO_SPACE", (1, 1, 2, 4), [], (1, 2, 4, 1), block_size=2), False),
    ],
)
def test_what_moves_nothing_takes_the_place_of_its_input(graph: Graph, nothing_to_do: bool) -> None:
    operator = find_operator(graph.layers[0].operator)
    assert operator is not None
    assert operator.check(graph.view(graph.layers[0])) == []
    assert (alias_source(graph, graph.layers[0]) == 0) is nothing_to_do


def test_a_reversed_axis_is_of_the_same_size_but_not_in_place() -> None:
    masks = dict.fromkeys(("end_mask", "ellipsis_mask", "new_axis_mask", "shrink_axis_mask", "offset"), 0)
    graph = _layer(
        "STRIDED_SLICE", (1, 4), [[0, 0], [1, 0], [1, -1]], (1, 4), begin_mask=2, **masks | {"end_mask": 2}
    )
    view, operator = graph.view(graph.layers[0]), find_operator("STRIDED_SLICE")
    assert operator is not None
    assert operator.check(view) == []
    assert alias_source(graph, graph.layers[0]) is None
    assert operator.parameters(view).fields["stride_5"] == -4
    assert operator.parameters(view).fields["offset"] == 12


def test_pixels_of_four_bytes_are_padded_as_words() -> None:
    net = NetworkBuilder()
    source = net.activation((1, 2, 2, 4), "int8", scale=1, zero_point=-2)
    paddings = net.constant(np.array([[0, 0], [1, 0], [0, 2], [0, 8]], np.int32))
    output = net.activation((1, 3, 4, 12), "int8", scale=1, zero_point=-2)
    net.layer("PAD", [source, paddings], [output])
    graph = net.finish([source], [output])
    operator = find_operator("PAD")
    assert operator is not None
    assert operator.check(graph.view(graph.layers[0])) == []
    assert operator.parameters(graph.view(graph.layers[0])).fields == {
        "input_images": 1,
        "input_height": 2,
        "input_width": 2,
        "input_channels": 1,
        "images_before": 0,
        "images_after": 0,
        "height_before": 1,
        "height_after": 0,
        "width_before": 0,
        "width_after": 2,
        "channels_before": 0,
        "channels_after": 2,
        "element_bytes": 4,
        "value": -0x1010102,
    }


def test_operators_share_a_computation() -> None:
    graph = _layer("UNPACK", (2, 1), [], (2,), axis=1, num=1)
    operator = find_operator("UNPACK")
    assert operator is not None
    assert (operator.name, operator.computes) == ("UNPACK", "SPLIT")
    struct = operator.parameters(graph.view(graph.layers[0]))
    assert struct.c_type == "tinyml_split_any_params"
    assert struct.fields["run_bytes"] == CArray("int32_t", (4,))
    assert operator.attributes(graph.view(graph.layers[0])) == {
        "part_count": 1,
        "run_count": 2,
        "element_bytes": 4,
        "run_bytes_0": 4,
    }
