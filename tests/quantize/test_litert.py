"""The second oracle: for which operators, how a network is cut for it, and where it answers otherwise."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings

from scons_tinyml.records.errors import TinymlError, UnsupportedError
from scons_tinyml.stages.graph.ir import TensorType
from scons_tinyml.stages.graph.operators import find_operator, known_operators
from scons_tinyml.stages.graph.reader import read_tflite
from scons_tinyml.stages.litert import SegmentedOracle, oracle_for, run_litert
from scons_tinyml.stages.measure.samples import layer_samples
from scons_tinyml.stages.oracle import Oracle
from scons_tinyml.stages.quantize.given import random_samples
from scons_tinyml.stages.samples import write_samples
from support.cases import Case
from support.effort import examples
from support.elementwise_cases import ELEMENTWISE
from support.indexed_cases import INDEXED
from support.joining_cases import LAYOUTS
from support.moving_cases import MOVES
from support.oracle_differences import differences, distance, documented, large_layers
from support.reducing_cases import REDUCING, TRUTH
from support.tflite_builder import NetworkBuilder, to_tflite

DOCUMENT = Path(__file__).parents[2] / "docs" / "oracles.md"
NOT_IN_MICRO = {
    name
    for name in known_operators()
    if (found := find_operator(name))
    and ("float32" in found.litert_types or set(getattr(found, "types", ["any"])) <= {*found.litert_types})
}
VALUES = np.array([[1.0, -2.0, 0.5, -0.25]], np.float32)


def chain(*operators: str) -> bytes:
    """A float network of layers of one value each, one behind the other."""
    net = NetworkBuilder()
    tensors = [net.activation((1, 4), "float32") for _ in range(len(operators) + 1)]
    for operator, (source, target) in zip(operators, pairwise(tensors), strict=True):
        net.layer(operator, [source], [target], **({"approximate": False} if operator == "GELU" else {}))
    return to_tflite(net.finish(tensors[:1], tensors[-1:]))


def test_networks_that_micro_can_run_are_left_to_it():
    assert isinstance(oracle_for(chain("ABS", "NEG")), Oracle)


def test_a_network_is_cut_where_the_oracle_changes():
    oracle = oracle_for(chain("NEG", "SQUARE", "RELU_N1_TO_1", "NEG", "GELU"))
    assert isinstance(oracle, SegmentedOracle)
    assert [segment.oracle is None for segment in oracle._segments] == [False, True, False, True]
    trace = oracle.trace([VALUES])
    assert list(trace) == list(range(6))
    assert trace[1].tolist() == [[-1.0, 2.0, -0.5, 0.25]]
    assert trace[4].tolist() == [[-1.0, -1.0, -0.25, -0.0625]]
    assert oracle.run([VALUES])[0] == pytest.approx(
        np.array([[-0.158655, -0.158655, -0.100323, -0.029692]]), abs=1e-5
    )
    assert oracle.name.startswith("tflite-micro ") and " and ai-edge-litert " in oracle.name


def test_every_layer_has_samples(tmp_path):
    file = tmp_path / "net.tflite"
    file.write_bytes(chain("NEG", "GELU"))
    write_samples(tmp_path / "samples.npz", random_samples(read_tflite(file), seed=1, count=2))
    found, name = layer_samples(read_tflite(file), file, tmp_path / "samples.npz")
    assert {layer: len(samples) for layer, samples in found.items()} == {0: 2, 1: 2}
    assert found[0][0].outputs == found[1][0].inputs
    assert name == oracle_for(file.read_bytes()).name


def test_as_many_inputs_as_the_network_has():
    with pytest.raises(ValueError, match="2 inputs are given, the network has 1"):
        oracle_for(chain("GELU")).run([VALUES, VALUES])


def test_what_it_cannot_run_is_an_error_with_the_file(tmp_path):
    file = tmp_path / "net.tflite"
    with pytest.raises(
        UnsupportedError, match=rf"^{file}: ai-edge-litert [^ ]+ cannot run the network: .*'CEIL'"
    ):
        run_litert(chain("CEIL"), [VALUES], file)
    assert run_litert(chain("NEG"), [VALUES])[0].tolist() == (-VALUES).tolist()


def test_networks_that_remember_are_not_cut(tmp_path):
    net = NetworkBuilder()
    source, target = (net.activation((1, 4), "float32") for _ in range(2))
    state = net.state((1, 4), "float32")
    net.layer("ADD", [source, state], [target], fused_activation_function="NONE")
    net.layer("GELU", [target], [last := net.activation((1, 4), "float32")], approximate=False)
    tflite = to_tflite(net.finish([source], [last]))
    with pytest.raises(
        UnsupportedError, match=r"a network with GELU of float32 that keeps values between calls"
    ):
        oracle_for(tflite, tmp_path / "net.tflite")


@pytest.mark.parametrize("operator", known_operators())
def test_which_operators_micro_lacks(operator, capfd):
    """Operators are looked for in the order of the layers, before any is prepared: the first missing one is told."""
    from tflite_micro.python.tflite_micro import runtime

    missing = next(iter(sorted(NOT_IN_MICRO - {operator})))
    if operator in ("VAR_HANDLE", "CALL_ONCE"):
        pytest.skip("cannot be read without its options")
    with pytest.raises(RuntimeError):
        runtime.Interpreter.from_bytes(chain_without_options(operator, missing))
    told = capfd.readouterr().err
    assert (f"'{operator}'" in told) == (operator in NOT_IN_MICRO)
    assert (f"'{missing}'" in told) == (operator not in NOT_IN_MICRO)


_JUDGED_BY_LITERT = [
    (name, operator.litert_types[0])
    for name in known_operators()
    if (operator := find_operator(name)) and operator.litert_types
]
"""One type of each operator: ending itself in a process of its own takes TensorFlow Lite Micro half a second."""

_ANSWERED_OTHERWISE = {("GREATER", "int16")}
"""What TensorFlow Lite Micro runs with results that are wrong."""


@pytest.mark.parametrize(("operator", "type_name"), _JUDGED_BY_LITERT)
def test_micro_refuses_what_is_left_to_litert(operator: str, type_name: TensorType) -> None:
    layers = {**MOVES, **LAYOUTS, **REDUCING, **TRUTH, **INDEXED}.get(operator)

    @settings(max_examples=1, phases=[Phase.generate], suppress_health_check=list(HealthCheck), deadline=None)
    @given(ELEMENTWISE[operator, type_name] if layers is None else layers(type_name))
    def check(case: Case) -> None:
        oracle = Oracle(to_tflite(case.graph))
        if (operator, type_name) in _ANSWERED_OTHERWISE:
            assert oracle.run(case.inputs)
        else:
            with pytest.raises(TinymlError):
                oracle.run(case.inputs)

    check()


def chain_without_options(*operators: str) -> bytes:
    net = NetworkBuilder()
    tensors = [net.activation((1,), "float32") for _ in range(len(operators) + 1)]
    for operator, (source, target) in zip(operators, pairwise(tensors), strict=True):
        net.layer(operator, [source], [target])
    return to_tflite(net.finish(tensors[:1], tensors[-1:]))


def test_dense_layers_are_rounded_once_where_micro_rounds_twice():
    """Why it is no oracle of other operators; sums of convolutions are rounded alike."""
    found: dict[str, float] = {}
    for case in large_layers():
        apart = distance(case)
        assert apart is not None
        found[case.view.layer.operator] = max(apart, found.get(case.view.layer.operator, 0.0))
    assert found == {"FULLY_CONNECTED": 1.0, "CONV_2D": 0.0, "DEPTHWISE_CONV_2D": 0.0}
    assert ("FULLY_CONNECTED", "int8") in documented(DOCUMENT.read_text())


def test_where_it_answers_otherwise_is_documented():
    """The table is made of more layers than are tried here; which types are drawn of an operator is left to chance."""
    known = {operator for operator, _ in documented(DOCUMENT.read_text())}
    new = sorted({operator for operator, _ in differences(examples(2))} - known)
    command = "PYTHONPATH=site_scons:tests python -m support.oracle_differences docs/oracles.md"
    assert new == [], f"docs/oracles.md lacks operators; renew its table by: {command}"
