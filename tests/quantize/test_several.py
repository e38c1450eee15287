"""Networks with several inputs and outputs: what TensorFlow's converter calls them, and whose accuracy counts."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from scons_tinyml.records.dataset import Dataset
from scons_tinyml.records.errors import InputError
from scons_tinyml.stages.graph.reader import read_tflite
from scons_tinyml.stages.oracle import Oracle
from scons_tinyml.stages.quantize.convert import convert_float, convert_int8, output_names
from scons_tinyml.stages.quantize.outputs import output_position
from scons_tinyml.stages.train.tensorflow_process import import_tensorflow

pytestmark = [
    pytest.mark.filterwarnings("ignore:Statistics for quantized inputs"),
    pytest.mark.filterwarnings("ignore:__array__ implementation"),
]


@pytest.fixture(scope="module")
def tf():
    return import_tensorflow(0)


@pytest.fixture(scope="module")
def network(tf):
    """Words by number and a voice give a mood of three classes and a loudness; inputs are of two types."""
    layers = tf.keras.layers
    tf.keras.utils.set_random_seed(0)
    words = layers.Input((4,), name="words", dtype="int32")
    voice = layers.Input((6,), name="voice")
    meaning = layers.Dense(3)(tf.keras.ops.cast(words, "float32"))
    both = layers.Concatenate()([meaning, layers.Dense(5, activation="relu")(voice)])
    mood = layers.Dense(3, activation="softmax", name="mood")(both)
    loudness = layers.Dense(1, name="loudness")(voice)
    return tf.keras.Model([words, voice], [loudness, mood])


def _values(count):
    random = np.random.default_rng(0)
    return [random.integers(0, 20, (count, 4)).astype(np.float32), random.random((count, 6), np.float32)]


@pytest.mark.parametrize("type_name", ["float32", "int8"])
def test_names_types_and_order_survive_the_conversion(tf, network, tmp_path, type_name):
    data = (
        convert_float(network, tmp_path, tf)
        if type_name == "float32"
        else convert_int8(network, _values(30), tmp_path, tf)
    )
    (tmp_path / "several.tflite").write_bytes(data)
    graph = read_tflite(tmp_path / "several.tflite")
    types = {
        name: graph.tensors[index].type for name, index in zip(graph.input_names, graph.inputs, strict=True)
    }
    assert types == {"words": "int32", "voice": type_name}
    assert [graph.tensors[index].shape for index in graph.outputs] == [(1, 1), (1, 3)]
    assert len(set(graph.output_names)) == 2


def test_outputs_have_the_positions_of_the_keras_network(tf, network, tmp_path):
    words, voice = (values[:1] for values in _values(1))
    data = convert_float(network, tmp_path, tf)
    (tmp_path / "several.tflite").write_bytes(data)
    graph = read_tflite(tmp_path / "several.tflite")
    given = {"words": words.astype(np.int32), "voice": voice}
    found = Oracle(data).run([given[name] for name in graph.input_names])
    expected = network([words.astype(np.int32), voice])
    for value, wanted in zip(found, expected, strict=True):
        np.testing.assert_allclose(value, wanted, atol=1e-5)


def _dataset(output: str | None) -> Dataset:
    return Dataset(name="drawn", train_fraction=0.5, validation_fraction=0.2, output=output)


def test_the_accuracy_is_that_of_the_named_output(network):
    assert output_position(output_names(network), _dataset("mood"), Path("model.toml")) == 1


@pytest.mark.parametrize(
    ("output", "message"),
    [
        (None, "the network has the outputs loudness, mood; which one gives the classes?"),
        ("moot", r"the network has no output 'moot'; did you mean 'mood'"),
    ],
)
def test_an_accuracy_of_nobody_knows_what(network, output, message):
    with pytest.raises(InputError, match=message) as found:
        output_position(output_names(network), _dataset(output), Path("model.toml"))
    assert found.value.key == "dataset.output"
