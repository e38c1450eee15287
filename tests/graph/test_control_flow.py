"""IF and WHILE are written out as layers, and give the bytes of TensorFlow Lite Micro, which runs their subgraphs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tflite_micro.tensorflow.lite.micro.python import schema_py_generated as schema

from scons_tinyml.records.errors import UnsupportedError
from scons_tinyml.stages.graph.ir import Graph
from scons_tinyml.stages.graph.reader import CanonicalNetwork, canonical
from scons_tinyml.stages.oracle import Oracle
from support.control_flow import PLAIN, SIZE, joined, loop, step, until
from support.effort import examples
from support.tflite_builder import NetworkBuilder, changed


def branches(condition: str) -> bytes:
    """An IF whose condition is 'constant', 'computed' or 'given', with a layer behind it."""
    net = NetworkBuilder("branches")
    source, value, output = (net.activation((1, SIZE), "float32") for _ in range(3))
    flag, inputs = net.activation((), "bool"), [source]
    if condition == "constant":
        flag = net.constant(np.array(True))
    elif condition == "given":
        inputs.append(flag)
    else:
        largest = net.activation((), "float32")
        net.layer(
            "REDUCE_MAX", [source, net.constant(np.array([0, 1], np.int32))], [largest], keep_dims=False
        )
        net.layer("GREATER", [largest, net.constant(np.array(2, np.float32))], [flag])
    net.layer("IF", [flag, source], [value], then_subgraph_index=1, else_subgraph_index=2)
    net.layer("ABS", [value], [output])
    return joined(net.finish(inputs, [output]), *map(branch, ("ADD", "SUB")))


def branch(operator: str) -> Graph:
    net = NetworkBuilder("branch")
    value, output = net.activation((1, SIZE), "float32"), net.activation((1, SIZE), "float32")
    row = net.constant(np.arange(SIZE, dtype=np.float32)[np.newaxis])
    net.layer(operator, [value, row], [output], **PLAIN)
    return net.finish([value], [output])


def read(data: bytes) -> CanonicalNetwork:
    return canonical(data, Path("net.tflite"))


def operators(network: CanonicalNetwork) -> Counter[str]:
    return Counter(layer.operator for layer in network.graph.layers)


def check_same(data: bytes, inputs: list[np.ndarray[Any, Any]]) -> None:
    (expected,), (found,) = (Oracle(file).run(inputs) for file in (data, read(data).tflite))
    np.testing.assert_array_equal(found, expected, strict=True)


@settings(max_examples=examples(8), deadline=None)
@given(st.integers(0, 6), st.integers(0, 3), st.lists(st.floats(-9, 9, width=32), min_size=3, max_size=3))
def test_loops_of_known_steps_are_written_out(steps: int, start: int, values: list[float]) -> None:
    data = loop(steps, start)
    count = max(0, steps - start)
    network = read(data)
    found = operators(network)
    assert found == Counter({"NEG": 1, "ABS": 1, "MUL": count, "ADD": count}) - Counter()
    assert f"a loop of {count} steps is written out" in network.notes
    check_same(data, [np.array([values], np.float32)])


@pytest.mark.parametrize("condition", ["constant", "computed", "given"])
@settings(max_examples=examples(5), deadline=None)
@given(st.booleans(), st.lists(st.floats(-9, 9, width=32), min_size=3, max_size=3))
def test_branches_give_the_values_of_the_one_that_is_chosen(
    condition: str, flag: bool, values: list[float]
) -> None:
    data = branches(condition)
    found = operators(read(data))
    assert found["ADD"] == 1
    assert found["SUB"] == found["SELECT_V2"] == (condition != "constant")
    check_same(data, [np.array([values], np.float32), *([np.array(flag)] if condition == "given" else [])])


def test_constants_of_a_body_are_stored_once() -> None:
    graph = read(loop(5)).graph
    assert sum(tensor.is_constant for tensor in graph.tensors) == 2


def test_a_loop_in_a_branch_of_a_loop_is_written_out() -> None:
    net = NetworkBuilder("outer")
    counter, value, after, result = (
        net.activation(shape, kind)
        for shape, kind in (((), "int32"), ((1, SIZE), "float32"), ((), "int32"), ((1, SIZE), "float32"))
    )
    zero, end = net.constant(np.array(0, np.int32)), net.activation((), "int32")
    net.layer("ADD", [counter, net.constant(np.array(1, np.int32))], [after], **PLAIN)
    net.layer("WHILE", [zero, value], [end, result], cond_subgraph_index=3, body_subgraph_index=4)
    outer = net.finish([counter, value], [after, result])
    main = NetworkBuilder("main")
    source, found, output = (main.activation((1, SIZE), "float32") for _ in range(3))
    start, last = main.constant(np.array(0, np.int32)), main.activation((), "int32")
    main.layer("WHILE", [start, source], [last, found], cond_subgraph_index=1, body_subgraph_index=2)
    main.layer("ABS", [found], [output])
    data = joined(main.finish([source], [output]), until(2), outer, until(3), step())
    assert operators(read(data))["MUL"] == 6
    check_same(data, [np.array([[1, -2, 3]], np.float32)])


def _variable(model: Any) -> None:
    model.subgraphs[2].tensors[2].isVariable = True


def _assigning(model: Any) -> None:
    code = schema.OperatorCodeT(deprecatedBuiltinCode=127, builtinCode=schema.BuiltinOperator.ASSIGN_VARIABLE)
    model.subgraphs[1].operators[0].opcodeIndex = len(model.operatorCodes)
    model.operatorCodes.append(code)


def _endless(model: Any) -> None:
    body = model.subgraphs[2]
    body.outputs = [body.inputs[0], body.outputs[1]]


def _short(model: Any) -> None:
    model.subgraphs[2].outputs = model.subgraphs[2].outputs[:1]


def _itself(model: Any) -> None:
    caller = model.subgraphs[0].operators[0]
    model.operatorCodes.append(model.operatorCodes[caller.opcodeIndex])
    model.subgraphs[1].operators = [caller]
    model.subgraphs[1].tensors = model.subgraphs[0].tensors
    model.subgraphs[1].inputs, model.subgraphs[1].outputs = caller.inputs[1:], caller.outputs


REFUSED: list[tuple[Callable[[], bytes], Callable[[Any], object] | None, str]] = [
    (
        lambda: loop(3, counted=False),
        None,
        "layer 1 (WHILE): is a loop whose number of steps depends on values that the network computes",
    ),
    (
        lambda: branches("given"),
        _assigning,
        "layer 0 (IF): calls subgraph 1, which keeps values between inferences",
    ),
    (lambda: loop(3), _variable, "layer 1 (WHILE): calls subgraph 2, which keeps values between inferences"),
    (lambda: loop(3), _endless, "(WHILE): has more than 500 steps"),
    (lambda: loop(3), _short, "has 2 outputs, a subgraph 1"),
    (lambda: loop(3), lambda model: model.subgraphs.pop(), "calls a subgraph that does not exist"),
    (lambda: branches("constant"), _itself, "calls subgraph 1, which calls itself"),
]


@pytest.mark.parametrize(("build", "change", "message"), REFUSED, ids=[found[2][-40:] for found in REFUSED])
def test_refused(build: Callable[[], bytes], change: Callable[[Any], object] | None, message: str) -> None:
    data = build()
    with pytest.raises(UnsupportedError) as caught:
        read(changed(data, change) if change else data)
    assert message in str(caught.value)
