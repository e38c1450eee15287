"""Errors of float layers, followed to the outputs: those of C libraries pass, wrong kernels and wrong wiring do not."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scons_tinyml.stages.litert import SegmentedOracle, oracle_for
from scons_tinyml.stages.run.compare import Difference, worst
from scons_tinyml.stages.run.network import _Judge
from scons_tinyml.stages.run.tolerance import Tolerance
from support.effort import examples
from support.tflite_builder import NetworkBuilder, to_tflite

DENSE = {"fused_activation_function": "NONE", "weights_format": "DEFAULT", "keep_num_dims": False}
ULPS = {"LOGISTIC": 4, "SOFTMAX": 8, "EXP": 4, "ELU": 4}
SIZE = 12


def network(seed, layers):
    """Layers of SIZE values, each with the output of the one before; MUL gets that of the last two."""
    random, net = np.random.default_rng(seed), NetworkBuilder()
    values = [net.activation((1, SIZE), "float32")]
    for name in layers:
        target = net.activation((1, SIZE), "float32")
        if name == "FULLY_CONNECTED":
            taps = net.constant(random.normal(size=(SIZE, SIZE)).astype(np.float32) * 0.3)
            net.layer(name, [values[-1], taps, None], [target], **DENSE)
        elif name in ("MUL", "SUB"):
            net.layer(name, [values[-1], values[-2]], [target], fused_activation_function="NONE")
        else:
            net.layer(name, [values[-1]], [target], **({"beta": 1.0} if name == "SOFTMAX" else {}))
        values.append(target)
    return net, values


def judge(graph, oracle):
    """A judge for a plan whose layers have the tolerances of ULPS."""
    layers = tuple(
        SimpleNamespace(index=layer.index, max_ulps=ULPS.get(layer.operator, 0)) for layer in graph.layers
    )
    graph = replace(graph, tensors=tuple(replace(one, file_index=one.index) for one in graph.tensors))
    return _Judge(graph, SimpleNamespace(layers=layers), oracle)


def off_by(ulps, seed):
    """Errors that a C library makes: each value is up to `ulps` away."""
    random = np.random.default_rng(seed)

    def change(values):
        steps = random.integers(-ulps, ulps + 1, values.shape)
        return (values + steps * np.spacing(np.abs(values))).astype(np.float32)

    return change


LAYERS = st.lists(
    st.sampled_from(["LOGISTIC", "SOFTMAX", "ELU", "FULLY_CONNECTED", "MUL", "SUB", "NEG"]),
    min_size=2,
    max_size=8,
).map(lambda names: ["FULLY_CONNECTED", *names])


@settings(max_examples=examples(25), deadline=None)
@given(LAYERS, st.integers(0, 2**16), st.booleans())
def test_errors_within_the_tolerance_of_each_layer_pass(layers, seed, quantized):
    net, values = network(seed, layers)
    outputs = [values[-1]]
    if quantized:
        outputs.append(net.activation((1, SIZE), "int8", scale=0.01))
        net.layer("QUANTIZE", [values[-1]], [outputs[-1]])
    graph = net.finish(values[:1], outputs)
    tflite = to_tflite(graph)
    errors = {
        layer.outputs[0]: off_by(ULPS[layer.operator], seed + layer.index)
        for layer in graph.layers
        if layer.operator in ULPS
    }
    image = SegmentedOracle(tflite, changes=errors)
    judged = judge(graph, oracle_for(tflite))
    for call in range(2):
        sample = [np.random.default_rng(seed + call).normal(size=(1, SIZE)).astype(np.float32)]
        found = [value.tobytes() for value in image.run(sample)]
        for difference in judged.differences(sample, found, go_on=call > 0):
            assert difference.within(difference.tolerance_ulps), difference


@pytest.mark.parametrize("wrong", ["layer", "place", "tail"])
def test_wrong_kernels_do_not_pass(wrong):
    layers = ["FULLY_CONNECTED", "LOGISTIC", "MUL", "FULLY_CONNECTED", "LOGISTIC", "MUL", "FULLY_CONNECTED"]
    net, values = network(1, layers)
    graph = net.finish(values[:1], values[-1:])
    tflite = to_tflite(graph)
    changes = {
        "layer": {values[2]: lambda value: value * np.float32(1 + 2e-5)},  # 170 ulps, where 4 pass
        "place": {values[3]: lambda value: np.roll(value, 1)},
        "tail": {values[7]: lambda value: np.where(np.arange(SIZE) == SIZE - 1, 0, value).astype(np.float32)},
    }
    sample = [np.random.default_rng(3).normal(size=(1, SIZE)).astype(np.float32)]
    found = [value.tobytes() for value in SegmentedOracle(tflite, changes=changes[wrong]).run(sample)]
    (difference,) = judge(graph, oracle_for(tflite)).differences(sample, found, go_on=False)
    assert not difference.within(difference.tolerance_ulps)


def test_what_no_layer_with_a_tolerance_reaches_has_to_be_equal():
    net, values = network(1, ["NEG", "LOGISTIC"])
    graph = net.finish(values[:1], values[1:])
    sample = [np.linspace(-1, 1, SIZE, dtype=np.float32).reshape(1, SIZE)]
    tflite = to_tflite(graph)
    negative, curve = oracle_for(tflite).run(sample)
    moved = [np.nextafter(value, np.float32(9)).tobytes() for value in (negative, curve)]
    exact, near = judge(graph, oracle_for(tflite)).differences(sample, moved, go_on=False)
    assert (exact.max_ulps, exact.tolerance_ulps) == (1, 0)
    assert not exact.within(exact.tolerance_ulps)
    assert near.within(near.tolerance_ulps)


def test_the_state_of_the_runs_goes_on_with_the_samples():
    net = NetworkBuilder()
    source, middle, target = (net.activation((1, 3), "float32") for _ in range(3))
    weights = [net.constant(np.full(shape, 0.5, np.float32)) for shape in ((3, 3), (3, 2), (3,))]
    net.layer("LOGISTIC", [source], [middle])
    options = {"rank": 1, "fused_activation_function": "NONE", "asymmetric_quantize_inputs": False}
    net.layer("SVDF", [middle, *weights, net.state((1, 6), "float32")], [target], **options)
    tflite = to_tflite(net.finish([source], [target]))
    oracle, tolerance = oracle_for(tflite), Tolerance(tflite, {middle: 4})
    for call in range(3):
        sample = [np.full((1, 3), call, np.float32)]
        (bound,) = tolerance.bounds(sample, oracle.run(sample, go_on=call > 0), go_on=call > 0)
        assert (bound > 0).all() and (bound < 1e-4).all()


def test_the_worst_value_is_told():
    expected, actual = np.array([1, 2, 0], np.float32), np.array([1, 2, 1e-9], np.float32)
    assert worst(actual.tobytes(), expected.tobytes(), np.array([0, 0, 1e-8]), "float32").excess < 0
    wrong = worst(actual.tobytes(), expected.tobytes(), np.array([0, 0, 1e-10]), "float32")
    assert (wrong.differing_bytes, wrong.excess > 0) == (4, True)
    steps = np.array([5, 7], np.int8), np.array([5, 8], np.int8)
    assert worst(*(one.tobytes() for one in steps), np.array([0.0, 1.0]), "int8") == Difference(1, 1, 1)
    assert worst(*(one.tobytes() for one in steps), np.array([9.0, 0.0]), "int8") == Difference(1, 1, 0)
