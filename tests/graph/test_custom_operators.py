"""Custom operators in files: their names, their options, and the states that they keep inside."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from flatbuffers import flexbuffers
from hypothesis import given, settings
from hypothesis import strategies as st

from scons_tinyml.records.errors import TinymlError, UnsupportedError
from scons_tinyml.stages.graph.families.signal.base import Signal
from scons_tinyml.stages.graph.ir import Graph
from scons_tinyml.stages.graph.operators import custom_operators, find_operator
from scons_tinyml.stages.graph.reader import canonical
from scons_tinyml.stages.graph.tflite.flatbuffer import flexbuffer_map
from scons_tinyml.stages.graph.tflite.hidden_states import NOT_IN_FILE
from scons_tinyml.stages.oracle_child import KEEPING_CODES
from support.cases import Case
from support.effort import examples
from support.signal_cases import SIGNALS
from support.tflite_builder import NetworkBuilder, changed, to_tflite


def delay(**options: int) -> bytes:
    net = NetworkBuilder()
    source, output = (net.activation((1, 4), "int16") for _ in range(2))
    net.layer("SIGNAL_DELAY", [source], [output], **options)
    return to_tflite(net.finish([source], [output]))


def read(data: bytes) -> Graph:
    return canonical(data, Path("net.tflite")).graph


def _has_one_batch(case: Case) -> bool:
    return case.inputs[0].ndim < 2 or case.inputs[0].shape[0] == 1


@pytest.mark.parametrize("operator", SIGNALS)
@settings(max_examples=examples(3), deadline=None)
@given(st.data())
def test_a_file_has_the_layer_that_it_was_written_of(operator: str, data: st.DataObject) -> None:
    found = find_operator(operator)
    assert isinstance(found, Signal)
    case = data.draw(SIGNALS[operator](found.types[0]).filter(_has_one_batch))
    view = read(to_tflite(case.graph))
    layer, written = view.layers[0], case.graph.layers[0]
    assert (layer.operator, dict(layer.options)) == (written.operator, dict(written.options))
    kinds = [
        [(tensor.type, tensor.shape, tensor.state) for tensor in graph.tensors if tensor.is_state]
        for graph in (view, case.graph)
    ]
    assert kinds[0] == kinds[1]


def test_states_are_those_of_operators_that_keep_values() -> None:
    keeping = set()
    for code, name in custom_operators().items():
        operator = find_operator(name)
        if operator is not None and "state" in operator.input_names:
            keeping.add(code)
    assert keeping == {*KEEPING_CODES}


def test_a_state_is_no_tensor_of_the_file_and_begins_with_zeros() -> None:
    graph = read(delay(delay_length=3))
    (state,) = (tensor for tensor in graph.tensors if tensor.is_state)
    assert (state.shape, state.type, state.state, state.file_index) == (
        (1, 3),
        "int16",
        bytes(6),
        NOT_IN_FILE,
    )
    assert graph.layers[0].inputs[-1] == state.index


def test_a_state_has_the_limit_of_all_states() -> None:
    with pytest.raises(UnsupportedError, match="signal_delay_0: "):
        read(delay(delay_length=2**40))


def test_a_missing_option_is_a_problem_of_the_layer() -> None:
    from scons_tinyml.stages.graph.checks import check_graph

    (problem,) = check_graph(read(delay()))
    assert problem == "layer 0 (SIGNAL_DELAY): input 1 (state) is missing"


def test_options_are_numbers_and_truth_values() -> None:
    data = flexbuffers.Dumps({"a": 3, "b": True, "c": "text", "d": [1, 2], "e": -1, "f": {"a": 1}})
    assert flexbuffer_map(bytes(data)) == {"a": 3, "b": True, "e": -1}


@pytest.mark.parametrize("data", [b"\0\0\0", bytes(flexbuffers.Dumps([1])), b"\x28\x01", b"x"])
def test_other_options_are_damage(data: bytes) -> None:
    def change(model: Any) -> None:
        model.subgraphs[0].operators[0].customOptions = np.frombuffer(data, np.uint8)

    with pytest.raises(TinymlError, match="not a valid TensorFlow Lite flatbuffer"):
        read(changed(delay(delay_length=3), change))


@settings(max_examples=examples(200), deadline=None)
@given(st.binary(min_size=3, max_size=40), st.integers(0, 39), st.booleans())
def test_damaged_options_raise_nothing_else(noise: bytes, place: int, behind: bool) -> None:
    whole = bytes(flexbuffers.Dumps({"T": 7, "fft_length": 512, "name": "x"}))
    data = whole[:place] + noise + whole[place + len(noise) :] if behind else noise
    with contextlib.suppress(ValueError, LookupError, TypeError, OverflowError):
        assert isinstance(flexbuffer_map(data), dict)


def test_an_unknown_custom_operator_that_micro_has_says_why_not() -> None:
    def change(model: Any) -> None:
        model.operatorCodes[0].customCode = "TFLite_Detection_PostProcess"

    with pytest.raises(UnsupportedError) as caught:
        read(changed(delay(delay_length=3), change))
    assert str(caught.value) == (
        "net.tflite: layer 0 (custom operator 'TFLite_Detection_PostProcess'): is not a builtin operator that this "
        "version knows\n  refused: the number of its results varies; end the network before it"
    )
