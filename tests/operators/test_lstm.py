"""LSTM layers that no kernel runs are refused in words."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Literal

import numpy as np
import pytest

from scons_tinyml.stages.graph.families.base import CArray
from scons_tinyml.stages.graph.ir import Graph, Quantization
from scons_tinyml.stages.graph.operators import find_operator
from support.networks import quantized_sequence, sequence

_PEEPHOLE, _PROJECTION, _HIDDEN, _CELL = 9, 16, 18, 19


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
        (
            _options(time_major=True),
            "input has the shape [1, 3, 2], 3 sequences whose steps alternate; expected one, or time_major=False",
        ),
    ],
)
def test_a_wrong_one(graph: Graph, problem: str) -> None:
    assert _problems(graph) == [problem]


def _changed(type_name: Literal["int8", "int16"], position: int | None, **changes: Any) -> Graph:
    """The input at `position`, or the output, is otherwise."""
    graph = quantized_sequence(type_name)
    index = graph.layers[0].outputs[0] if position is None else graph.layers[0].inputs[position]
    tensors = tuple(replace(t, **changes) if t.index == index else t for t in graph.tensors)
    return replace(graph, tensors=tensors)


def _scaled(scale: float, zero_point: int = 0) -> Quantization:
    return Quantization((scale,), (zero_point,))


@pytest.mark.parametrize("type_name", ["int8", "int16"])
def test_a_right_one_of_integers(type_name: Literal["int8", "int16"]) -> None:
    assert _problems(quantized_sequence(type_name)) == []


@pytest.mark.parametrize(
    ("graph", "problem"),
    [
        (_changed("int8", 0, type="uint8"), "input is uint8, for which there is no kernel"),
        (_changed("int8", 1, type="int16"), "input_to_input_weights is int16, expected int8"),
        (_changed("int16", 13, type="int32"), "forget_bias is int32, expected int64"),
        (_changed("int8", _CELL, type="int8"), "cell_state is int8, expected int16"),
        (
            _changed("int8", 5, data=None),
            "recurrent_to_input_weights is computed while the network runs, expected a constant",
        ),
        (_changed("int8", 2, quantization=None), "input_to_forget_weights is int8 but has no scale"),
        (
            _changed("int8", 3, quantization=Quantization((0.1,) * 5, (0,) * 5)),
            "input_to_cell_weights has 5 scales, expected one for the whole tensor",
        ),
        (
            _changed("int8", 4, quantization=_scaled(0.01, 1)),
            "input_to_output_weights has the zero point 1, expected 0",
        ),
        (
            _changed("int16", 0, quantization=_scaled(0.01, 3)),
            "input is int16 with the zero point 3, expected 0",
        ),
        (
            _changed("int8", _CELL, quantization=_scaled(0.001)),
            "cell_state has the scale 0.001, expected a power of two",
        ),
        (
            _changed("int8", _CELL, quantization=_scaled(8.0)),
            "cell_state has the scale 8.0, expected one from 2**-30 to 2**2",
        ),
        (
            _changed("int8", None, quantization=_scaled(0.5, 5)),
            "hidden_state and output are quantized differently: scale 0.0078125 and 0.5, zero point 5 and 5",
        ),
        (
            _changed("int16", 0, quantization=_scaled(4.0)),
            "scales of a gate's sums differ by a factor of 164",
        ),
    ],
)
def test_a_wrong_one_of_integers(graph: Graph, problem: str) -> None:
    assert _problems(graph) == [problem]


def test_zero_points_become_part_of_the_biases() -> None:
    graph = quantized_sequence("int8")
    view, operator = graph.view(graph.layers[0]), find_operator("UNIDIRECTIONAL_SEQUENCE_LSTM")
    assert operator is not None
    assert set(range(12, 16)) <= set(operator.folded(view))
    fields = operator.parameters(view).fields

    def array(position: int) -> Any:
        tensor = view.input(position)
        return np.frombuffer(tensor.data or b"", tensor.type).reshape(tensor.shape).astype(np.int64)

    fresh = [array(12 + gate) + 3 * array(1 + gate).sum(1) for gate in range(4)]
    kept = [-5 * array(5 + gate).sum(1) for gate in range(4)]
    assert fields["input_bias"] == CArray("int32_t", tuple(np.concatenate(fresh).tolist()))
    assert fields["recurrent_bias"] == CArray("int32_t", tuple(np.concatenate(kept).tolist()))
    assert operator.folded(sequence().view(sequence().layers[0])) == operator.folded_inputs


@pytest.mark.parametrize(("clip", "limits"), [(0.0, (-(2**15), 2**15 - 1)), (1.0, (-(2**13), 2**13))])
def test_a_clip_is_in_steps_of_the_cell(clip: float, limits: tuple[int, int]) -> None:
    graph = quantized_sequence("int8")
    layer = replace(graph.layers[0], options={**graph.layers[0].options, "cell_clip": clip})
    operator = find_operator("UNIDIRECTIONAL_SEQUENCE_LSTM")
    assert operator is not None
    fields = operator.parameters(replace(graph, layers=(layer,)).view(layer)).fields
    assert (fields["cell_min"], fields["cell_max"]) == limits
