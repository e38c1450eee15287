"""Smaller files of TensorFlow's converter: weights of float16, and of int8 between float activations.

The batch is open, and a dense layer on an image folds it into another dimension: sizes that the file does not say.
"""

from __future__ import annotations

import numpy as np
import pytest

from scons_tinyml.stages.graph.checks import require_valid
from scons_tinyml.stages.graph.reader import CanonicalNetwork, read_canonical
from scons_tinyml.stages.oracle import Oracle
from scons_tinyml.stages.train.tensorflow_process import import_tensorflow

VALUES = np.random.default_rng(0).uniform(-1, 1, (1, 6, 6, 8)).astype(np.float32)
DENSE = ("RESHAPE", "FULLY_CONNECTED")


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """The same small network as float32, with float16 and with int8 weights."""
    tf = import_tensorflow(0)
    tf.keras.utils.set_random_seed(0)
    layers = tf.keras.layers
    network = tf.keras.Sequential(
        [layers.Input(VALUES.shape[1:]), layers.Conv2D(32, 3), layers.DepthwiseConv2D(3), layers.Dense(4)]
    )
    folder, lite = tmp_path_factory.mktemp("modes"), tf.tensorflow.lite
    for name, types in (("float32", None), ("float16", [tf.tensorflow.float16]), ("hybrid", [])):
        converter = lite.TFLiteConverter.from_keras_model(network)
        if types is not None:
            converter.optimizations = [lite.Optimize.DEFAULT]
            converter.target_spec.supported_types = types
        (folder / f"{name}.tflite").write_bytes(converter.convert())
    return folder


def outputs(network: CanonicalNetwork) -> np.ndarray:
    return Oracle(network.tflite).run([VALUES])[0]


@pytest.mark.parametrize(("name", "tolerance"), [("float16", 2e-3), ("hybrid", 3e-2)])
def test_small_weights(files, name, tolerance):
    expected, found = (read_canonical(files / f"{one}.tflite") for one in ("float32", name))
    require_valid(found.graph)
    assert [layer.operator for layer in found.graph.layers] == [one.operator for one in expected.graph.layers]
    assert {layer.operator for layer in found.graph.layers} == {"CONV_2D", "DEPTHWISE_CONV_2D", *DENSE}
    assert (len(expected.notes), expected.notes) == (2, found.notes[1:])
    assert 0 < np.abs(outputs(found) - outputs(expected)).max() < tolerance
