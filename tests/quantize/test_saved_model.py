"""SavedModel folders become what the same network of a `.keras` file becomes."""

from __future__ import annotations

import numpy as np
import pytest

from scons_tinyml.records.errors import ModelFileError
from scons_tinyml.records.network_source import SAVED_MODEL
from scons_tinyml.stages.graph.reader import read_tflite
from scons_tinyml.stages.oracle import Oracle
from scons_tinyml.stages.quantize.convert import convert_float, convert_int8
from scons_tinyml.stages.train.saved_model import read_network
from scons_tinyml.stages.train.tensorflow_process import import_tensorflow

pytestmark = pytest.mark.filterwarnings("ignore:Statistics for quantized inputs")

SAMPLES = np.random.default_rng(0).random((8, 5, 5, 1), np.float32)


@pytest.fixture(scope="module")
def tf():
    return import_tensorflow(0)


@pytest.fixture(scope="module")
def exported(tf, tmp_path_factory):
    """A Keras network, and the folder that it was exported to."""
    tf.keras.utils.set_random_seed(0)
    layers = tf.keras.layers
    network = tf.keras.Sequential(
        [layers.Input((5, 5, 1), name="image"), layers.Conv2D(3, 2), layers.Flatten(), layers.Dense(4)]
    )
    folder = tmp_path_factory.mktemp("models") / "exported"
    network.export(folder, verbose=False)
    return network, folder / SAVED_MODEL


def run(data, values):
    return Oracle(data).run([values])[0]


def test_float(tf, exported):
    network, file = exported
    found = read_network(file, tf)
    assert [port.shape for port in (*found.inputs, *found.outputs)] == [(None, 5, 5, 1), (None, 4)]
    mine, theirs = (convert_float(one, file, tf) for one in (found, network))
    for sample in SAMPLES:
        np.testing.assert_array_equal(run(mine, sample[None]), run(theirs, sample[None]))


def test_int8(tf, exported, tmp_path):
    network, file = exported
    mine, theirs = (convert_int8(one, [SAMPLES], file, tf) for one in (read_network(file, tf), network))
    (tmp_path / "net.tflite").write_bytes(mine)
    graph = read_tflite(tmp_path / "net.tflite")
    assert {graph.tensors[index].type for index in (*graph.inputs, *graph.outputs)} == {"int8"}
    values = np.random.default_rng(1).integers(-128, 128, (1, 5, 5, 1)).astype(np.int8)
    np.testing.assert_array_equal(run(mine, values), run(theirs, values))


def test_several_inputs_and_outputs(tf, tmp_path):
    inputs = [tf.keras.Input((3,), name="b"), tf.keras.Input((3,), name="a")]
    sum_, difference = tf.keras.layers.Add()(inputs), tf.keras.layers.Subtract()(inputs)
    tf.keras.Model(inputs, {"difference": difference, "sum": sum_}).export(tmp_path, verbose=False)
    found = read_network(tmp_path / SAVED_MODEL, tf)
    assert {one.name: one.shape for one in found.inputs} == {"a": (None, 3), "b": (None, 3)}
    (tmp_path / "net.tflite").write_bytes(convert_float(found, tmp_path, tf))
    graph = read_tflite(tmp_path / "net.tflite")
    assert (len(graph.inputs), len(graph.outputs)) == (2, 2)


def test_a_folder_without_what_it_serves(tf, tmp_path):
    module = tf.tensorflow.Module()
    tf.tensorflow.saved_model.save(module, str(tmp_path))
    with pytest.raises(
        ModelFileError, match="is no SavedModel to convert: has no signature 'serving_default', but: none"
    ):
        read_network(tmp_path / SAVED_MODEL, tf)


def test_one_of_several_signatures(tf, tmp_path):
    module, spec = tf.tensorflow.Module(), tf.tensorflow.TensorSpec((None, 3), tf.tensorflow.float32, "x")
    calls = {
        name: tf.tensorflow.function(lambda x, by=by: {"y": x * by}).get_concrete_function(spec)
        for name, by in (("twice", 2.0), ("thrice", 3.0))
    }
    tf.tensorflow.saved_model.save(module, str(tmp_path), signatures=calls)
    found = read_network(tmp_path / SAVED_MODEL, tf, "thrice")
    assert found(tf.tensorflow.ones((1, 3))).numpy().tolist() == [[3.0, 3.0, 3.0]]
    with pytest.raises(ModelFileError, match="has no signature 'serving_default', but: 'twice', 'thrice'"):
        read_network(tmp_path / SAVED_MODEL, tf)


def test_a_damaged_folder(tf, tmp_path):
    (tmp_path / SAVED_MODEL).write_bytes(b"nothing")
    with pytest.raises(
        ModelFileError, match=rf"^{tmp_path / SAVED_MODEL}: is no SavedModel to convert: cannot be loaded: "
    ):
        read_network(tmp_path / SAVED_MODEL, tf)
