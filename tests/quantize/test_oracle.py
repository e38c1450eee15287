from __future__ import annotations

import re
from importlib.metadata import version
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from scons_tinyml.records.errors import EnvironmentProblem, UnsupportedError
from scons_tinyml.stages import oracle as oracle_module
from scons_tinyml.stages.graph.reader import read_tflite
from scons_tinyml.stages.measure.samples import values_of
from scons_tinyml.stages.oracle import Oracle, oracle_name
from scons_tinyml.stages.quantize.given import random_samples
from scons_tinyml.stages.samples import network_inputs, write_samples
from support.mlperf import FLOAT, INT8, mlperf_file
from support.tflite_builder import NetworkBuilder, to_tflite


def three_adds():
    """x + x, then that twice over: buffers that an arena would share."""
    network = NetworkBuilder()
    tensors = [network.activation((1, 4), "int8", scale=1.0, zero_point=0) for _ in range(4)]
    for source, target in pairwise(tensors):
        network.layer("ADD", [source, source], [target], fused_activation_function="NONE")
    return network.finish(tensors[:1], tensors[-1:])


def test_trace_has_every_activation():
    oracle = Oracle(to_tflite(three_adds()))
    trace = oracle.trace([np.array([[1, -2, 3, 20]], np.int8)])
    assert {index: values.tolist() for index, values in trace.items()} == {
        0: [[1, -2, 3, 20]],
        1: [[2, -4, 6, 40]],
        2: [[4, -8, 12, 80]],
        3: [[8, -16, 24, 127]],
    }


def test_results_outlive_the_next_inference():
    oracle = Oracle(to_tflite(three_adds()))
    first = oracle.run([np.array([[1, 1, 1, 1]], np.int8)])
    traced = oracle.trace([np.array([[1, 1, 1, 1]], np.int8)])
    oracle.run([np.array([[2, 2, 2, 2]], np.int8)])
    oracle.trace([np.array([[2, 2, 2, 2]], np.int8)])
    assert first[0].tolist() == [[8, 8, 8, 8]]
    assert traced[3].tolist() == [[8, 8, 8, 8]]


@pytest.mark.parametrize("name", [*INT8, *FLOAT])
def test_trace_of_a_real_network_fits_layer_by_layer(name, tmp_path):
    """Each layer alone, on the inputs that the trace says it had, gives the output that the trace says."""
    file = mlperf_file(name)
    graph = read_tflite(file)
    write_samples(tmp_path / "samples.npz", random_samples(graph, seed=5, count=1))
    (inputs,) = network_inputs(graph, tmp_path / "samples.npz")
    oracle = Oracle(file.read_bytes())
    trace = oracle.trace(inputs)
    last = [trace[graph.tensors[index].file_index] for index in graph.outputs]
    assert [values.tobytes() for values in last] == [values.tobytes() for values in oracle.run(inputs)]
    for layer in graph.layers:
        alone = graph.only(layer)
        given = [values_of(alone.tensors[index], trace) for index in alone.inputs]
        (made,) = Oracle(to_tflite(alone)).run(given)
        target = graph.tensors[layer.outputs[0]]
        assert (made.shape, str(made.dtype)) == (target.shape, target.type)
        assert made.tobytes() == values_of(target, trace).tobytes(), layer.name


def test_the_wrong_number_of_inputs():
    with pytest.raises(ValueError, match="2 inputs are given, the network has 1"):
        Oracle(to_tflite(three_adds())).run([np.zeros((1, 4), np.int8)] * 2)


def test_a_network_that_it_cannot_run(capfd):
    network = NetworkBuilder()
    source = network.activation((1, 4), "float32")
    target = network.activation((1, 4), "int16", scale=1.0, zero_point=0)
    network.layer("SOFTMAX", [source], [target], beta=1.0)
    oracle = Oracle(to_tflite(network.finish([source], [target])))
    with pytest.raises(
        UnsupportedError, match=rf"^{re.escape(oracle_name())} cannot run the network: .*SOFTMAX"
    ):
        oracle.run([np.zeros((1, 4), np.float32)])
    assert capfd.readouterr().err == ""


def _many_classes():
    """Three layers, of which the second sums more exponentials of equal values than TensorFlow Lite Micro can."""
    network = NetworkBuilder()
    tensors = [network.activation((1, 600), "int8", scale=0.01) for _ in range(2)]
    tensors += [network.activation((1, 600), "int8", scale=1 / 256, zero_point=-128) for _ in range(2)]
    network.layer("RELU", tensors[:1], tensors[1:2])
    network.layer("SOFTMAX", tensors[1:2], tensors[2:3], beta=1.0)
    network.layer("RELU", tensors[2:3], tensors[3:])
    return network.finish(tensors[:1], tensors[-1:])


@pytest.mark.parametrize("method", ["run", "trace"])
def test_an_abort_is_an_error_that_names_the_layer(method):
    """The build goes on, and so do other networks and this one with other values."""
    other, oracle = Oracle(to_tflite(three_adds())), Oracle(to_tflite(_many_classes()), Path("many.tflite"))
    fine = np.zeros((1, 600), np.int8)
    fine[0, 0] = 127
    assert other.run([np.ones((1, 4), np.int8)])[0].tolist() == [[8, 8, 8, 8]]
    with pytest.raises(UnsupportedError) as caught:
        getattr(oracle, method)([np.zeros((1, 600), np.int8)])
    assert str(caught.value).startswith(
        f"many.tflite: layer 1 (SOFTMAX): {oracle_name()} ends itself instead of running the network (SIGABRT)"
    )
    assert "a network without its SOFTMAX" in str(caught.value)
    assert other.run([np.ones((1, 4), np.int8)])[0].tolist() == [[8, 8, 8, 8]]
    assert oracle.run([fine])[0].shape == (1, 600)


@pytest.mark.parametrize("method", ["run", "trace"])
def test_values_that_a_layer_has_no_result_for_are_an_error_that_names_the_layer(method):
    network = NetworkBuilder()
    tensors = [network.activation((1, 4), "int16", scale=0.01) for _ in range(4)]
    for source, target, operator in zip(tensors, tensors[1:], ("QUANTIZE", "RSQRT", "ABS"), strict=False):
        network.layer(operator, [source], [target])
    oracle = Oracle(to_tflite(network.finish(tensors[:1], tensors[-1:])), Path("root.tflite"))
    with pytest.raises(UnsupportedError) as caught:
        getattr(oracle, method)([np.full((1, 4), -(2**15), np.int16)])
    assert str(caught.value).startswith(
        f"root.tflite: layer 1 (RSQRT): {oracle_name()} stops in the middle of an inference: "
    )
    assert getattr(oracle, method)([np.full((1, 4), 100, np.int16)])


def test_networks_that_were_not_asked_for_long_are_loaded_again():
    oracles = [Oracle(to_tflite(three_adds())) for _ in range(12)]
    for oracle in [*oracles, *oracles]:
        assert oracle.run([np.ones((1, 4), np.int8)])[0].tolist() == [[8, 8, 8, 8]]


def test_its_name_has_the_version():
    assert oracle_name() == f"tflite-micro {version('tflite-micro')}"
    assert Oracle(to_tflite(three_adds())).name == oracle_name()


def test_it_is_not_installed(monkeypatch):
    monkeypatch.setattr(oracle_module, "DISTRIBUTION", "tflite-macro")
    with pytest.raises(EnvironmentProblem, match="the package tflite-macro is not installed"):
        Oracle(b"")
