"""Recurrent layers of Keras: their steps become layers; those with `stateful=True` go on from call to call."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from scons_tinyml.records.errors import UnsupportedError
from scons_tinyml.stages.graph.checks import require_valid
from scons_tinyml.stages.graph.reader import canonical, read_tflite
from scons_tinyml.stages.oracle import Oracle
from scons_tinyml.stages.quantize.__main__ import main
from scons_tinyml.stages.quantize.convert import convert_float, convert_int8
from scons_tinyml.stages.quantize.requests import QuantizeRequest
from scons_tinyml.stages.samples import as_network_input
from scons_tinyml.stages.train.keras_file import read_keras
from scons_tinyml.stages.train.saved_model import read_network
from scons_tinyml.stages.train.tensorflow_process import import_tensorflow

MODEL = """
task = "none"

[input]
shape = [3, 4]

[random_weights]
outputs = 5
seed = 1
"""


def quantized(folder: Path, layer: str, *, unroll: bool) -> Path:
    """The int8 network of one recurrent layer of five cells."""
    tf = import_tensorflow(0).tensorflow
    recurrent = getattr(tf.keras.layers, layer)(5, unroll=unroll)
    tf.keras.Sequential([tf.keras.layers.Input((3, 4)), recurrent]).save(folder / "network.keras")
    (folder / "model.toml").write_text(MODEL)
    made = {"float": "float.tflite", "int8": "int8.tflite", "samples": "samples.npz"}
    given = {"model": "model.toml", "keras": "network.keras", **made}
    main(QuantizeRequest(**{name: folder / file for name, file in given.items()}))
    return folder / "int8.tflite"


@pytest.mark.parametrize("layer", ["LSTM", "GRU", "SimpleRNN"])
def test_a_loop_is_written_out(tmp_path, layer):
    graphs = []
    for name, unroll in (("looped", False), ("unrolled", True)):
        (tmp_path / name).mkdir()
        made = read_tflite(quantized(tmp_path / name, layer, unroll=unroll))
        require_valid(made)
        assert {made.tensors[index].type for index in (*made.inputs, *made.outputs)} == {"int8"}
        graphs.append(read_tflite(tmp_path / name / "float.tflite"))
    looped, unrolled = ([one.operator for one in graph.layers] for graph in graphs)
    assert looped == unrolled
    assert looped.count({"LSTM": "LOGISTIC", "GRU": "LOGISTIC", "SimpleRNN": "TANH"}[layer]) >= 3


def test_loops_that_other_layers_wrap(tmp_path):
    """Its outputs are those of Keras."""
    tf = import_tensorflow(0)
    layers = tf.keras.layers
    inner = tf.keras.Sequential([layers.Input((3, 4)), layers.Bidirectional(layers.GRU(2))])
    network = tf.keras.Sequential([layers.Input((3, 4)), inner, layers.Dense(2)])
    network.save(tmp_path / "network.keras")
    read = read_keras(tmp_path / "network.keras", tf)
    tflite = convert_float(read, tmp_path, tf)
    (tmp_path / "network.tflite").write_bytes(tflite)
    assert not {"WHILE", "CALL_ONCE"} & {
        one.operator for one in read_tflite(tmp_path / "network.tflite").layers
    }
    sample = np.random.default_rng(0).random((1, 3, 4), np.float32)
    found = Oracle(tflite).run([sample])[0]
    np.testing.assert_allclose(found, network.predict(sample, verbose=0), atol=1e-6)


def test_an_open_number_of_steps_stays_refused(tmp_path):
    tf = import_tensorflow(0)
    tf.keras.Sequential([tf.keras.layers.Input((None, 4)), tf.keras.layers.LSTM(2)]).save(
        tmp_path / "n.keras"
    )
    with pytest.raises(UnsupportedError, match="only the first size, the batch, may be left open"):
        convert_float(read_keras(tmp_path / "n.keras", tf), tmp_path / "n.keras", tf)


@pytest.mark.parametrize("dense", [True, False], ids=["state inside", "state put out"])
@pytest.mark.parametrize("layer", ["LSTM", "GRU", "SimpleRNN"])
def test_state_goes_on_from_call_to_call(tmp_path, layer, dense):
    """Float and int8 follow Keras over a sequence; a reset gives the first output again."""
    tf = import_tensorflow(0)
    recurrent = getattr(tf.keras.layers, layer)(5, stateful=True)
    last = [tf.keras.layers.Dense(3)] if dense else []
    network = tf.keras.Sequential([tf.keras.layers.Input(batch_shape=(1, 2, 4)), recurrent, *last])
    network.save(tmp_path / "network.keras")
    frames = np.random.default_rng(0).normal(size=(6, 1, 2, 4)).astype(np.float32)
    expected = [np.asarray(network(frame)) for frame in frames]
    read = read_network(tmp_path / "network.keras", tf)
    in_float = canonical(convert_float(read, tmp_path, tf), tmp_path / "float.tflite")
    in_int8 = canonical(convert_int8(read, [frames[:, 0]], tmp_path, tf), tmp_path / "int8.tflite")
    for made, tolerance in ((in_float, 1e-6), (in_int8, 0.15)):
        require_valid(made.graph)
        oracle = Oracle(made.tflite)
        source, target = (made.graph.tensors[one[0]] for one in (made.graph.inputs, made.graph.outputs))
        found = [
            oracle.run([as_network_input(frame, source)], go_on=number > 0)[0]
            for number, frame in enumerate(frames)
        ]
        again = oracle.run([as_network_input(frames[0], source)])[0]
        assert again.tolist() == found[0].tolist() != found[1].tolist()
        if target.quantization:
            scale, zero = target.quantization.scales[0], target.quantization.zero_points[0]
            found = [scale * (values.astype(np.float32) - zero) for values in found]
        np.testing.assert_allclose(found, expected, atol=tolerance)
    states = [tensor.type for tensor in in_int8.graph.tensors if tensor.is_state]
    assert states == ["int8" if dense else "float32"] * (2 if layer == "LSTM" else 1)
