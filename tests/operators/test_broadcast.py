"""Axes that inputs repeat along: merged where all inputs go on alike, with the strides of numpy."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scons_tinyml.stages.graph.families.elementwise.broadcast import (
    BroadcastAxis,
    axes,
    axis_attributes,
    check_broadcast,
)
from scons_tinyml.stages.graph.ir import Tensor

Shape = tuple[int, ...]


def _tensors(*shapes: Shape) -> list[Tensor]:
    return [Tensor(index, "x", shape, "int8") for index, shape in enumerate(shapes)]


def _axes(*shapes: Shape) -> tuple[BroadcastAxis, ...]:
    *inputs, output = _tensors(*shapes)
    assert check_broadcast(inputs, output) == []
    return axes(inputs, output)


@pytest.mark.parametrize(
    ("first", "second", "output", "expected"),
    [
        ((2, 3, 4), (2, 3, 4), (2, 3, 4), (BroadcastAxis(24, (1, 1)),)),
        ((2, 3, 4), (), (2, 3, 4), (BroadcastAxis(24, (1, 0)),)),
        ((1, 1), (1, 2, 3), (1, 2, 3), (BroadcastAxis(6, (0, 1)),)),
        ((2, 3, 4), (4,), (2, 3, 4), (BroadcastAxis(6, (4, 0)), BroadcastAxis(4, (1, 1)))),
        (
            (2, 3, 4),
            (3, 1),
            (2, 3, 4),
            (BroadcastAxis(2, (12, 0)), BroadcastAxis(3, (4, 1)), BroadcastAxis(4, (1, 0))),
        ),
        (
            (2, 1, 4),
            (3, 1),
            (2, 3, 4),
            (BroadcastAxis(2, (4, 0)), BroadcastAxis(3, (0, 1)), BroadcastAxis(4, (1, 0))),
        ),
        ((5, 1), (1, 6), (5, 6), (BroadcastAxis(5, (1, 0)), BroadcastAxis(6, (0, 1)))),
        ((), (), (), (BroadcastAxis(1, (1, 1)),)),
        ((1,), (1,), (1, 1), (BroadcastAxis(1, (1, 1)),)),
    ],
)
def test_axes(first: Shape, second: Shape, output: Shape, expected: tuple[BroadcastAxis, ...]) -> None:
    assert _axes(first, second, output) == expected


def test_attributes_of_one_axis_are_its_number() -> None:
    assert axis_attributes(_axes((2, 3), (2, 3), (2, 3)), ("a", "b")) == {"dimensions": 1}
    assert axis_attributes(_axes((2, 3), (3,), (2, 3)), ("a", "b")) == {
        "dimensions": 2,
        "length_0": 2,
        "a_stride_0": 3,
        "b_stride_0": 0,
        "length_1": 3,
        "a_stride_1": 1,
        "b_stride_1": 1,
    }


@st.composite
def _repeated(draw: st.DrawFn, count: int) -> list[Shape]:
    shape = draw(st.lists(st.integers(1, 4), max_size=6))
    found = []
    for _ in range(count):
        kept = [draw(st.sampled_from([1, length])) for length in shape]
        found.append(tuple(kept[draw(st.integers(0, len(kept))) :]))
    return found


@given(_repeated(3))
def test_walking_the_axes_is_broadcasting(shapes: list[Shape]) -> None:
    output = np.broadcast_shapes(*shapes)
    found = _axes(*shapes, output)
    for place, shape in enumerate(shapes):
        values = np.arange(np.prod(shape, dtype=int)).reshape(shape)
        indices = np.zeros((), int)
        for axis in found:
            indices = indices[..., None] + np.arange(axis.length) * axis.strides[place]
        assert indices.ravel().tolist() == np.broadcast_to(values, output).ravel().tolist()


@given(_repeated(2))
def test_axes_are_as_few_as_can_be(shapes: list[Shape]) -> None:
    found = _axes(*shapes, np.broadcast_shapes(*shapes))
    assert not any(outer.continues(inner) for outer, inner in pairwise(found))


@pytest.mark.parametrize(
    ("shapes", "expected"),
    [
        (
            ((2, 3), (2, 4), (2, 4)),
            "input shapes [2, 3], [2, 4] differ in a dimension that is 1 in none of them",
        ),
        (((2, 3), (3,), (3, 2)), "output has the shape [3, 2], expected [2, 3]"),
        (((2, 1), (3,), (2, 1)), "output has the shape [2, 1], expected [2, 3]"),
        (((2, 0), (2, 0), (2, 0)), "shapes [2, 0], [2, 0], [2, 0] hold no value"),
        (((1,) * 7, (1,), (1,)), "has tensors of 7 dimensions, expected at most 6"),
    ],
)
def test_problems(shapes: tuple[Shape, ...], expected: str) -> None:
    *inputs, output = _tensors(*shapes)
    assert check_broadcast(inputs, output) == [expected]
