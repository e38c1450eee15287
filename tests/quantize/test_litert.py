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
from support.tflite_builder import NetworkBuilder, changed, schema, to_tflite
from support.whole import Whole, assert_calls_build_on_each_other

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
    assert [step.oracle is None for step in oracle._steps] == [False, True, False, True]
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


def test_what_one_oracle_lacks_does_not_disturb_the_other():
    """LiteRT's reference kernels lack ELU, TensorFlow Lite Micro lacks GELU."""
    expected = run_litert(chain("GELU"), Oracle(chain("ELU")).run([VALUES]))[0]
    assert oracle_for(chain("ELU", "GELU")).run([VALUES])[0].tolist() == expected.tolist()


@pytest.mark.parametrize("version", [2, 3, 9])
def test_versions_that_litert_lacks(version):
    def newer(model):
        model.operatorCodes[0].version = version

    assert (
        run_litert(changed(chain("NEG"), newer), [VALUES])[0].tolist()
        == run_litert(chain("NEG"), [VALUES])[0].tolist()
    )


def remembering_dense(net, source, units=4):
    """An SVDF, which TensorFlow Lite Micro runs, with a state for three inputs."""
    random = np.random.default_rng(source)
    size = net.finish([], []).tensors[source].shape[1]
    constants = [
        net.constant(random.normal(size=shape).astype(np.float32))
        for shape in ((units, size), (units, 3), (units,))
    ]
    target = net.activation((1, units), "float32")
    net.layer(
        "SVDF",
        [source, *constants, net.state((1, units * 3), "float32")],
        [target],
        rank=1,
        fused_activation_function="NONE",
        asymmetric_quantize_inputs=False,
    )
    return target


def test_networks_that_remember_are_cut_too():
    """More segments with a state than networks stay loaded; each remembers for itself."""
    net = NetworkBuilder()
    source = target = net.activation((1, 4), "float32")
    ends = [target]
    for _ in range(12):
        middle = remembering_dense(net, target)
        target = net.activation((1, 4), "float32")
        net.layer("GELU", [middle], [target], approximate=False)
        ends += [middle, target]
    oracle = oracle_for(to_tflite(net.finish([source], [target])))
    assert isinstance(oracle, SegmentedOracle)
    calls = [np.roll(VALUES, place) for place in range(4)]
    found = [oracle.run([values], go_on=place > 0)[0].tolist() for place, values in enumerate(calls)]
    assert len({str(one) for one in found}) == 4
    assert [oracle.run([values], go_on=place > 0)[0].tolist() for place, values in enumerate(calls)] == found
    traces = [oracle.trace([values])[target].tolist() for values in calls]
    assert traces == found
    assert oracle.run([calls[3]])[0].tolist() != found[3]


def counter(initial: float | None = None) -> bytes:
    """A variable that each call adds its input to, before a GELU: two oracles share it."""
    net = NetworkBuilder()
    source, before, after, target = (net.activation((1, 4), "float32") for _ in range(4))
    handle = net.activation((1,), "int32")
    net.layer("GELU", [source], [read := net.activation((1, 4), "float32")], approximate=False)
    net.layer("VAR_HANDLE", [], [handle])
    net.layer("READ_VARIABLE", [handle], [before])
    net.layer("ADD", [before, read], [after], fused_activation_function="NONE")
    net.layer("ASSIGN_VARIABLE", [handle, after], [])
    net.layer("GELU", [after], [target], approximate=False)
    constant = net.constant(np.full((1, 4), initial or 0, np.float32))

    def named(model):
        graph = model.subgraphs[0]
        graph.tensors[handle].type = schema.TensorType.RESOURCE
        options = schema.VarHandleOptionsT()
        options.container, options.sharedName = "", "sum"
        graph.operators[1].builtinOptionsType = schema.BuiltinOptions.VarHandleOptions
        graph.operators[1].builtinOptions = options
        if initial is None:
            return
        start = schema.SubGraphT()
        start.tensors = [graph.tensors[handle], graph.tensors[constant]]
        assign = schema.OperatorT()
        assign.opcodeIndex, assign.inputs, assign.outputs = graph.operators[4].opcodeIndex, [0, 1], []
        handle_of = schema.OperatorT()
        handle_of.opcodeIndex, handle_of.inputs, handle_of.outputs = graph.operators[1].opcodeIndex, [], [0]
        handle_of.builtinOptionsType, handle_of.builtinOptions = (
            graph.operators[1].builtinOptionsType,
            options,
        )
        start.inputs, start.outputs, start.operators = [], [], [handle_of, assign]
        model.subgraphs.append(start)
        once = schema.OperatorT()
        once.opcodeIndex, once.inputs, once.outputs = len(model.operatorCodes), [], []
        once.builtinOptionsType = schema.BuiltinOptions.CallOnceOptions
        once.builtinOptions = schema.CallOnceOptionsT()
        once.builtinOptions.initSubgraphIndex = 1
        code = schema.OperatorCodeT()
        code.builtinCode, code.deprecatedBuiltinCode, code.version = schema.BuiltinOperator.CALL_ONCE, 127, 1
        model.operatorCodes.append(code)
        graph.operators.insert(0, once)

    return changed(net.finish([source], [target]), named)


@pytest.mark.parametrize("initial", [None, 0.5])
def test_variables_are_shared_by_both(initial):
    oracle = oracle_for(counter(initial))
    ones = np.ones((1, 4), np.float32)
    gelu = run_litert(chain("GELU"), [ones])[0]
    sums = [np.float32(initial or 0) + gelu]
    sums.append(sums[0] + gelu)
    expected = [run_litert(chain("GELU"), [one])[0].tolist() for one in sums]
    for _ in range(2):
        assert [oracle.run([ones], go_on=call > 0)[0].tolist() for call in range(2)] == expected
    assert [oracle.trace([ones])[3].tolist() for _ in range(2)] == expected


def test_images_of_networks_with_two_oracles_and_a_state(tmp_path):
    assert_calls_build_on_each_other(Whole(counter(0.5), tmp_path), 3, max_ulps=80)


def test_a_state_cannot_be_shared_by_two_oracles(tmp_path):
    net = NetworkBuilder()
    source, target = (net.activation((1, 4), "float32") for _ in range(2))
    state = net.state((1, 4), "float32")
    net.layer("ADD", [source, state], [target], fused_activation_function="NONE")
    net.layer("GELU", [state], [last := net.activation((1, 4), "float32")], approximate=False)
    tflite = to_tflite(net.finish([source], [target, last]))
    with pytest.raises(
        UnsupportedError, match=r"net.tflite: tensor 2: is kept between calls by layers that have two oracles"
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
