"""SVDF layers that are wrong are refused in words: TensorFlow Lite Micro ends the process for some of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from scons_tinyml.stages.graph.ir import Graph, Quantization, Tensor
from scons_tinyml.stages.graph.operators import find_operator
from support.networks import remembering

SVDF = find_operator("SVDF")


def _problems(graph: Graph) -> list[str]:
    assert SVDF is not None
    return SVDF.check(graph.view(graph.layers[0]))


def _with(position: int, **changes: Any) -> Callable[[Graph], Graph]:
    def changed(graph: Graph) -> Graph:
        index = graph.layers[0].inputs[position]
        assert index is not None
        tensors: list[Tensor] = list(graph.tensors)
        tensors[index] = replace(tensors[index], **changes)
        return replace(graph, tensors=tuple(tensors))

    return changed


def _without_bias(graph: Graph) -> Graph:
    inputs = graph.layers[0].inputs
    return replace(graph, layers=(replace(graph.layers[0], inputs=(*inputs[:3], None, inputs[4])),))


def _options(**changes: Any) -> Callable[[Graph], Graph]:
    return lambda graph: replace(
        graph, layers=(replace(graph.layers[0], options={**graph.layers[0].options, **changes}),)
    )


def test_a_right_one() -> None:
    assert _problems(remembering()) == []


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (_without_bias, "input 3 (bias) is missing"),
        (_with(4, state=None), "state is not marked as variable"),
        (_with(4, type="int32"), "input is int8 and state int32, for which there is no kernel"),
        (_with(4, type="int16"), "time_weights is int8, expected int16"),
        (_with(4, shape=(1, 39)), "state has the shape [1, 39], expected [1, 40]"),
        (
            _with(3, quantization=Quantization((0.5,), (0,))),
            "bias is not in units of state scale times time scale, 0.001",
        ),
        (_with(1, shape=(48,)), "feature_weights has the shape [48], expected 2 dimensions"),
        (_options(rank=3), "rank 3 does not divide 8 filters"),
        (_options(rank=0), "rank 0 does not divide 8 filters"),
        (
            _options(fused_activation_function="NONE"),
            "fused_activation_function is NONE, expected RELU",
        ),
    ],
)
def test_a_wrong_one(change: Callable[[Graph], Graph], problem: str) -> None:
    assert _problems(change(remembering())) == [problem]
