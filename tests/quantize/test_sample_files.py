from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from scons_tinyml.records.errors import InternalError
from scons_tinyml.stages.command import call
from scons_tinyml.stages.graph.reader import read_tflite
from scons_tinyml.stages.quantize.given import COUNT, main, random_samples
from scons_tinyml.stages.quantize.requests import GivenRequest
from scons_tinyml.stages.request import arguments
from scons_tinyml.stages.samples import (
    Samples,
    as_network_input,
    network_inputs,
    quantize_input,
    read_samples,
    write_samples,
)
from support.tflite_builder import NetworkBuilder, to_tflite


def softmax(type_, shape=(1, 3), scale=0.5, zero_point=-3):
    """A network of one layer; int8 quantized, or float32."""
    network = NetworkBuilder()
    quantized = {"scale": scale, "zero_point": zero_point} if type_ == "int8" else {}
    result = {"scale": 1 / 256, "zero_point": -128} if type_ == "int8" else {}
    source = network.activation(shape, type_, **quantized)
    target = network.activation(shape, type_, **result)
    network.layer("SOFTMAX", [source], [target], beta=1.0)
    return network.finish([source], [target])


def two_inputs(type_="int8"):
    network = NetworkBuilder()
    parts = [network.activation((1, 2), type_, scale=scale, zero_point=0) for scale in (0.5, 2.0)]
    total = network.activation((1, 2), type_, scale=2.0, zero_point=0)
    network.layer("ADD", parts, [total], fused_activation_function="NONE")
    return network.finish(parts, [total])


def test_what_is_written_is_read(tmp_path):
    made = Samples(
        (np.arange(6, dtype=np.float32).reshape(2, 3), np.ones((2, 1), np.float32)), np.array([1, 0])
    )
    files = [tmp_path / name for name in ("one.npz", "two.npz")]
    for file in files:
        write_samples(file, made)
    found = read_samples(files[0])
    assert [values.tolist() for values in found.inputs] == [[[0, 1, 2], [3, 4, 5]], [[1], [1]]]
    assert found.labels.tolist() == [1, 0]
    assert files[0].read_bytes() == files[1].read_bytes()


def test_samples_without_labels(tmp_path):
    write_samples(tmp_path / "s.npz", Samples((np.zeros((1, 2), np.float32),)))
    assert read_samples(tmp_path / "s.npz").labels is None


@pytest.mark.parametrize("content", [b"", b"PK", b"\x93NUMPY"], ids=["empty", "cut", "npy"])
def test_a_damaged_file(tmp_path, content):
    file = tmp_path / "s.npz"
    file.write_bytes(content)
    with pytest.raises(InternalError, match=r"s\.npz: is not a file of samples"):
        read_samples(file)


def test_network_inputs_are_quantized_and_shaped(tmp_path):
    file = tmp_path / "s.npz"
    write_samples(file, Samples((np.array([[1.0, 0.26, -200.0], [0, 0, 0], [1, 1, 1]], np.float32),)))
    found = network_inputs(softmax("int8"), file, 2)
    assert [[values.tolist() for values in inputs] for inputs in found] == [
        [[[-1, -2, -128]]],
        [[[-3, -3, -3]]],
    ]
    assert found[0][0].dtype == np.int8
    assert len(network_inputs(softmax("float32"), file)) == 3
    assert network_inputs(softmax("float32"), file)[0][0].tolist() == [[1.0, np.float32(0.26), -200.0]]


def test_a_network_with_other_inputs(tmp_path):
    write_samples(tmp_path / "s.npz", Samples((np.zeros((1, 2), np.float32),)))
    with pytest.raises(InternalError, match=r"s\.npz: has 1 inputs, the network 2"):
        network_inputs(two_inputs(), tmp_path / "s.npz")


def test_random_samples_of_int8_inputs_are_all_integers():
    graph = softmax("int8", (1, 4000))
    (values,) = random_samples(graph, seed=0, count=3).inputs
    integers = quantize_input(values, 0.5, -3)
    assert (values.shape, sorted(set(integers.ravel().tolist()))) == ((3, 4000), list(range(-128, 128)))


def test_random_samples_of_float_inputs_are_normal():
    (values,) = random_samples(softmax("float32", (1, 4000)), seed=0).inputs
    assert values.dtype == np.float32
    assert (values.mean(), values.std()) == (pytest.approx(0, abs=0.05), pytest.approx(1, abs=0.05))


def test_the_seed_decides_and_each_input_has_its_own_values():
    first, second = (random_samples(two_inputs(), seed=seed).inputs for seed in (1, 2))
    assert [a.tolist() for a in first] == [a.tolist() for a in random_samples(two_inputs(), seed=1).inputs]
    assert first[0].tolist() != second[0].tolist()
    assert (first[0] / 0.5).tolist() != (first[1] / 2.0).tolist()


@pytest.mark.parametrize(
    ("type_name", "low", "high"),
    [("int32", -128, 127), ("bool", 0, 1), ("uint8", 0, 255), ("int64", -128, 127)],
)
def test_random_samples_of_numbers_without_a_scale_are_whole(type_name, low, high, tmp_path):
    graph = reshaped(type_name)
    write_samples(tmp_path / "s.npz", random_samples(graph, seed=0, count=2))
    values = np.concatenate([inputs[0] for inputs in network_inputs(graph, tmp_path / "s.npz")])
    assert (values.dtype, values.shape) == (np.dtype(type_name), (2, 4000))
    assert sorted(set(values.astype(int).ravel().tolist())) == list(range(low, high + 1))


def test_random_samples_of_int16_without_a_scale_are_those_of_a_microphone(tmp_path):
    graph = reshaped("int16")
    write_samples(tmp_path / "s.npz", random_samples(graph, seed=0, count=2))
    values = np.concatenate([inputs[0] for inputs in network_inputs(graph, tmp_path / "s.npz")])
    assert values.dtype == np.int16
    assert values.min() < -32000
    assert values.max() > 32000


@pytest.mark.parametrize(("type_name", "low", "high"), [("uint8", 0, 255), ("int16", -32768, 32767)])
def test_samples_of_other_quantized_types_saturate_at_their_ends(type_name, low, high):
    graph = reshaped(type_name, scale=0.5, zero_point=1)
    far = np.resize(np.array([-1e9, 1e9, 1.0], np.float32), 4000)
    assert as_network_input(far, graph.tensors[0])[0, :3].tolist() == [low, high, 3]
    (values,) = random_samples(graph, seed=0).inputs
    assert low <= (values / 0.5 + 1).min() < (values / 0.5 + 1).max() <= high


def test_positions_in_a_table_are_in_the_table():
    network = NetworkBuilder()
    real, whole, flat = (
        network.activation(shape, type_name)
        for shape, type_name in [((1, 500), "float32"), ((1, 500), "int32"), ((500,), "int32")]
    )
    table = network.constant(np.arange(6, dtype=np.float32).reshape(3, 2))
    network.layer("CAST", [real], [whole])
    network.layer("RESHAPE", [whole], [flat])
    network.layer("GATHER", [table, flat], [network.activation((500, 2), "float32")], axis=0, batch_dims=0)
    (values,) = random_samples(network.finish([real], [4]), seed=0).inputs
    assert set(values.ravel().tolist()) == {0.0, 1.0, 2.0}


def test_positions_that_may_count_from_the_end_are_in_the_table():
    """What Keras writes for an embedding: positions below 0 get the length of the table added."""
    network = NetworkBuilder()
    words, below, sums, places = (
        network.activation((1, 90), name) for name in ("int64", "bool", "int64", "int64")
    )
    rows = network.activation((1, 90), "float32")
    zero, length = (network.constant(np.array(value, np.int64)) for value in (0, 3))
    network.layer("LESS", [words, zero], [below])
    network.layer("ADD", [words, length], [sums], fused_activation_function="NONE")
    network.layer("SELECT_V2", [below, sums, words], [places])
    table = network.constant(np.arange(3, dtype=np.float32))
    network.layer("GATHER", [table, places], [rows], axis=0, batch_dims=0)
    (values,) = random_samples(network.finish([words], [rows]), seed=0).inputs
    assert set(values.ravel().tolist()) == {0.0, 1.0, 2.0}


def test_limits_of_positions_go_through_layers_that_move_values():
    """Two columns of one input: each is a position in a table of its own, so that the shorter one decides."""
    network = NetworkBuilder()
    pair, columns = network.activation((90, 2), "int32"), [network.activation((90, 1), "int32") for _ in "ab"]
    axis = network.constant(np.array(1, np.int32))
    network.layer("SPLIT", [axis, pair], columns, num_splits=2)
    outputs = [network.activation((90, 1), "float32") for _ in columns]
    for column, output, length in zip(columns, outputs, (5, 3), strict=True):
        table = network.constant(np.arange(length, dtype=np.float32))
        network.layer("GATHER", [table, column], [output], axis=0, batch_dims=0)
    (values,) = random_samples(network.finish([pair], outputs), seed=0).inputs
    assert set(values.ravel().tolist()) == {0.0, 1.0, 2.0}


def test_limits_that_exclude_each_other_are_no_error():
    network = NetworkBuilder()
    words = network.activation((1, 90), "int32")
    steps, roots = (network.activation((1, 90), "int8", scale=0.5, zero_point=100) for _ in range(2))
    rows = network.activation((1, 90), "float32")
    table = network.constant(np.arange(3, dtype=np.float32))
    network.layer("CAST", [words], [steps])
    network.layer("SQRT", [steps], [roots])
    network.layer("GATHER", [table, words], [rows], axis=0, batch_dims=0)
    (values,) = random_samples(network.finish([words], [roots, rows]), seed=0).inputs
    assert set(values.ravel().tolist()) == {0.0, 1.0, 2.0}


@pytest.mark.parametrize("type_name", ["int32", "int64"])
def test_positions_that_a_converter_gave_a_scale_are_in_the_table(type_name):
    network = NetworkBuilder()
    places, rows = network.activation((1, 90), type_name, scale=0.5), network.activation((1, 90), "float32")
    table = network.constant(np.arange(3, dtype=np.float32))
    network.layer("GATHER", [table, places], [rows], axis=0, batch_dims=0)
    graph = network.finish([places], [rows])
    (values,) = random_samples(graph, seed=0).inputs
    found = [as_network_input(value, graph.tensors[places]) for value in values]
    assert sorted({int(place) for value in found for place in value.ravel()}) == [0, 1, 2]


@pytest.mark.parametrize("type_name", ["bool", "float32"])
def test_scales_of_what_is_no_integer_mean_nothing(type_name):
    graphs = [reshaped(type_name, **given) for given in ({}, {"scale": 0.25, "zero_point": 0})]
    plain, scaled = (random_samples(graph, seed=0).inputs[0].tolist() for graph in graphs)
    assert plain == scaled


def test_what_is_no_batch_stays():
    network = NetworkBuilder()
    image, pairs = network.activation((1, 4), "float32"), network.activation((3, 2), "float32")
    network.layer("RESHAPE", [pairs], [network.activation((2, 3), "float32")])
    shapes = [values.shape for values in random_samples(network.finish([image, pairs], [2]), seed=0).inputs]
    assert shapes == [(4, 4), (4, 3, 2)]


def reshaped(type_name, **quantization):
    network = NetworkBuilder()
    source = network.activation((1, 4000), type_name, **quantization)
    network.layer("RESHAPE", [source], [network.activation((4000,), type_name, **quantization)])
    return network.finish([source], [1])


def test_the_stage_for_given_networks_needs_no_tensorflow(tmp_path):
    network, out = tmp_path / "net.tflite", tmp_path / "samples.npz"
    network.write_bytes(to_tflite(two_inputs()))
    script = (
        "import sys; from scons_tinyml.stages.quantize.given import GivenRequest, main;"
        "from scons_tinyml.stages.request import parse; main(parse(GivenRequest, sys.argv[1:]));"
        "print(*sorted({'tensorflow', 'keras', 'tflite_micro'} & set(sys.modules)))"
    )
    request = GivenRequest(tflite=network, network=tmp_path / "out.tflite", samples=out, seed=7)
    command = [sys.executable, "-c", script, *arguments(request)]
    done = subprocess.run(
        command, capture_output=True, text=True, check=True, env={"PYTHONPATH": ":".join(sys.path)}
    )
    assert (done.stdout.strip(), done.stderr) == ("", "")
    expected = random_samples(read_tflite(network), 7).inputs
    assert [values.tolist() for values in read_samples(out).inputs] == [
        values.tolist() for values in expected
    ]
    assert len(expected[0]) == COUNT
    assert (tmp_path / "out.tflite").read_bytes() == network.read_bytes()


def test_the_stage_for_given_networks_with_a_file_that_is_none(tmp_path, capsys):
    (tmp_path / "tflite.tflite").write_bytes(b"")
    files = {name: tmp_path / f"{name}.tflite" for name in ("tflite", "network")}
    assert call(main, GivenRequest(**files, samples=tmp_path / "out.npz", seed=0)) == 1
    assert "tflite.tflite: is empty" in capsys.readouterr().err
    assert not (tmp_path / "out.npz").exists()
