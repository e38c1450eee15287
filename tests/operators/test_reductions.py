"""Input of reductions as few extents, or as axes with strides."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from scons_tinyml.stages.graph.families.base import CArray
from scons_tinyml.stages.graph.ir import TensorType
from scons_tinyml.stages.graph.operators import find_operator
from support.tflite_builder import NetworkBuilder

Shape = tuple[int, ...]


def _layout(
    name: str, shape: Shape, axes: list[int], type_name: TensorType = "float32"
) -> tuple[str, tuple[Any, ...]]:
    """The computation of a valid layer, and its parameters."""
    net = NetworkBuilder()
    source, axis = net.activation(shape, type_name), net.constant(np.array(axes, np.int32))
    left = [1 if n in axes or n - len(shape) in axes else length for n, length in enumerate(shape)]
    output = net.activation(left, type_name)
    net.layer(name, [source, axis], [output], keep_dims=True)
    graph, operator = net.finish([source], [output]), find_operator(name)
    view = graph.view(graph.layers[0])
    assert operator is not None
    assert operator.check(view) == []
    fields = operator.parameters(view).fields.values()
    return operator.computation(view), tuple(one.values if isinstance(one, CArray) else one for one in fields)


@pytest.mark.parametrize(
    ("shape", "axes", "expected"),
    [
        ((1, 4, 5, 6), [1, 2], (1, 1, 1, 20, 6)),
        ((1, 4, 5, 6), [-1], (20, 1, 1, 6, 1)),
        ((1, 4, 5, 6), [2], (4, 1, 1, 5, 6)),
        ((1, 4, 5, 6), [0, 1, 2, 3], (1, 1, 1, 120, 1)),
        ((1, 4, 1, 6), [1, 3], (1, 1, 1, 24, 1)),
        ((1, 4, 1, 6), [2], (24, 1, 1, 1, 1)),
        ((1, 4, 5, 6), [1, 3], (1, 4, 5, 6, 1)),
        ((2, 4, 5, 6), [1, 3], (2, 4, 5, 6, 1)),
        ((2, 4, 5, 6), [0, 2], (1, 2, 4, 5, 6)),
        ((2, 3, 4, 5, 6), [1, 3], (2, 3, 4, 5, 6)),
    ],
)
@pytest.mark.parametrize("name", ["MEAN", "SUM"])
def test_extents_of_a_reduction(name: str, shape: Shape, axes: list[int], expected: Shape) -> None:
    divisor = float(expected[1] * expected[3]) if name == "MEAN" else 1.0
    assert _layout(name, shape, axes) == ("MEAN", (*expected, divisor))


@pytest.mark.parametrize(
    ("shape", "axes", "expected"),
    [
        ((2, 3, 4, 5, 6), [0, 2, 4], (2, (3, 5), (120, 6), 3, (2, 4, 6), (360, 30, 1))),
        ((7, 2, 3, 4, 1, 5, 6), [-1, 3, 1, 4], (3, (7, 3, 5), (720, 120, 6), 3, (2, 4, 6), (360, 30, 1))),
        ((2, 3, 4, 5, 6, 7), [0, 2, 3, 5], (2, (3, 6), (840, 7), 3, (2, 20, 7), (2520, 42, 1))),
    ],
)
def test_many_groups_of_axes_are_walked_by_strides(
    shape: Shape, axes: list[int], expected: tuple[Any, ...]
) -> None:
    assert _layout("REDUCE_MAX", shape, axes) == ("STRIDED_EXTREME", (*expected, 1))
    assert _layout("REDUCE_MIN", shape, axes) == ("STRIDED_EXTREME", (*expected, 0))
    assert _layout("SUM", shape, axes) == ("STRIDED_MEAN", (*expected, 1.0))


@pytest.mark.parametrize(
    ("shape", "axes", "expected"),
    [
        ((2, 3, 4), [1], (2, (2, 4), (12, 1), 1, (3,), (4,), 3)),
        ((1, 6), [0], (1, (6,), (1,), 1, (1,), (0,), 1)),
        ((1, 6), [1], (1, (1,), (0,), 1, (6,), (1,), 6)),
    ],
)
def test_integers_are_reduced_by_strides_whatever_the_axes(
    shape: Shape, axes: list[int], expected: tuple[Any, ...]
) -> None:
    assert _layout("MEAN", shape, axes, "int32") == ("STRIDED_MEAN", expected)
