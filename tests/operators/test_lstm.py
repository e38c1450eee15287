"""LSTM layers that no kernel runs are refused in words."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from scons_tinyml.stages.graph.ir import Graph
from scons_tinyml.stages.graph.operators import find_operator
from support.networks import sequence

_PEEPHOLE, _PROJECTION, _CELL = 9, 16, 19


def _problems(graph: Graph) -> list[str]:
    operator = find_operator("UNIDIRECTIONAL_SEQUENCE_LSTM")
    assert operator is not None
    return operator.check(graph.view(graph.layers[0]))


def _inputs(position: int, tensor: int | None) -> Graph:
    graph = sequence()
    inputs = list(graph.layers[0].inputs)
    inputs[position] = tensor
    return replace(graph, layers=(replace(graph.layers[0], inputs=tuple(inputs)),))


def _options(**changes: Any) -> Graph:
    graph = sequence()
    return replace(graph, layers=(replace(graph.layers[0], options={**graph.layers[0].options, **changes}),))


def _without_state() -> Graph:
    graph = sequence()
    index = graph.layers[0].inputs[_CELL]
    tensors = tuple(replace(t, state=None) if t.index == index else t for t in graph.tensors)
    return replace(graph, tensors=tensors)


def test_a_right_one() -> None:
    assert _problems(sequence()) == []


@pytest.mark.parametrize(
    ("graph", "problem"),
    [
        (_inputs(_PEEPHOLE, 0), "input 9 (peephole_to_input) is there, which has no kernel"),
        (_inputs(_PROJECTION, 0), "input 16 (projection_weights) is there, which has no kernel"),
        (_inputs(1, None), "input 1 (input_to_input_weights) is missing"),
        (_inputs(5, 4), "recurrent_to_input_weights has the shape [5, 2], expected [5, 5]"),
        (_without_state(), "cell_state is not marked as variable"),
        (_options(fused_activation_function="RELU"), "fused_activation_function is RELU, expected TANH"),
        (_options(proj_clip=1.0), "proj_clip is set, but there is no projection"),
        (_options(time_major=True), "input has the shape [1, 3, 2], expected batch 1"),
    ],
)
def test_a_wrong_one(graph: Graph, problem: str) -> None:
    assert _problems(graph) == [problem]
