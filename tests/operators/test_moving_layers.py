"""Layers that move values, as files say them and as damaged files could: nothing is lost and nothing raises."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from scons_tinyml.stages.graph.checks import check_graph
from scons_tinyml.stages.graph.ir import ITEM_BYTES, Graph, Tensor
from scons_tinyml.stages.graph.operators import find_operator
from scons_tinyml.stages.graph.reader import read_tflite
from support.cases import Case
from support.joining_cases import LAYOUTS
from support.moving_cases import MOVES
from support.tflite_builder import to_tflite

EVERY = {**MOVES, **LAYOUTS}


@pytest.mark.parametrize("operator", EVERY)
@given(st.data())
def test_files_are_read_as_they_were_written(
    operator: str, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    """Names and defaults of options are those of the schema."""
    case: Case = data.draw(EVERY[operator]())
    path = tmp_path_factory.mktemp("read", numbered=True) / "network.tflite"
    _check_same(case.graph, path)


def _check_same(graph: Graph, path: Path) -> None:
    path.write_bytes(to_tflite(graph))
    wanted = graph.view(graph.layers[0])
    operator = find_operator(wanted.layer.operator)
    assert operator is not None
    if any(tensor.shape[:1] != (1,) for tensor in map(graph.tensors.__getitem__, graph.inputs)):
        return  # batches are refused
    found = read_tflite(path)
    view = found.view(found.layers[0])
    assert operator.check(view) == []
    assert operator.attributes(view) == operator.attributes(wanted)


@st.composite
def _damaged(draw: DrawFn, graph: Graph) -> Graph:
    """`graph` with one tensor or option that says something else, or without some of its tensors."""
    layer, tensors = graph.layers[0], list(graph.tensors)
    kind = draw(st.sampled_from(["inputs", "outputs", "option", "tensor", "values"]))
    if kind in ("inputs", "outputs"):
        given = getattr(layer, kind)
        return replace(
            graph, layers=(replace(layer, **{kind: given[: draw(st.integers(0, len(given) - 1))]}),)
        )
    if kind == "option" and layer.options:
        name = draw(st.sampled_from(sorted(layer.options)))
        value = draw(st.integers(-9, 9) | st.sampled_from([None, -(2**31), 2**31 - 1, "TANH", (1, 9)]))
        return replace(graph, layers=(replace(layer, options={**layer.options, name: value}),))
    index = draw(st.integers(0, len(tensors) - 1))
    tensors[index] = draw(_other(tensors[index], kind == "values"))
    return replace(graph, tensors=tuple(tensors))


@st.composite
def _other(draw: DrawFn, tensor: Tensor, keep: bool) -> Tensor:
    """`tensor` with other numbers, or of another shape, type and quantization."""
    if not keep:
        shape = tuple(draw(st.lists(st.integers(0, 5), max_size=6)))
        type_name = draw(st.sampled_from(sorted(ITEM_BYTES)))
        quantization = draw(st.sampled_from([tensor.quantization, None]))
        tensor = replace(tensor, shape=shape, type=type_name, quantization=quantization)  # type: ignore[arg-type]
    if tensor.data is None:
        return tensor
    numbers = st.integers(-9, 9) | st.integers(-(2**31), 2**31 - 1)
    item = np.int64 if tensor.type == "int64" else np.int32
    values = np.array(draw(st.lists(numbers, min_size=tensor.elements, max_size=tensor.elements)), item)
    return replace(tensor, data=values.tobytes()[: tensor.size_bytes].ljust(tensor.size_bytes, b"\0"))


@pytest.mark.parametrize("operator", EVERY)
@given(st.data())
def test_damaged_layers_do_not_raise(operator: str, data: st.DataObject) -> None:
    case: Case = data.draw(EVERY[operator]())
    graph = data.draw(_damaged(case.graph))
    found = find_operator(operator)
    assert found is not None
    if check_graph(graph):
        return
    view = graph.view(graph.layers[0])
    assert found.attributes(view) is not None
    assert found.macs(view) >= 0
    if found.number_type(view) is not None and not found.layout_only:
        assert found.parameters(view).fields
