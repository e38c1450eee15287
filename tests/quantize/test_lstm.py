"""An LSTM that TensorFlow has converted to int8 is one layer, and gives the oracle's bytes call after call."""

from __future__ import annotations

import numpy as np
import pytest

from scons_tinyml.stages.train.tensorflow_process import import_tensorflow
from support.whole import Whole, assert_a_reset_forgets, assert_calls_build_on_each_other

STEPS, SIZE, CELLS = 6, 4, 10


@pytest.fixture(scope="module")
def network() -> bytes:
    """Two LSTMs and a matrix; int8 throughout.

    The attribute `api_implements` is by what the converter tells an LSTM from any other function. Keras 2 sets it, and
    Keras 3 does not: its layers become loops.
    """
    tf = import_tensorflow(0).tensorflow
    random = np.random.default_rng(0)

    def constant(*shape: int):
        return tf.constant(random.normal(0, 0.4, shape).astype(np.float32))

    def lstm(name: str, size: int, cells: int):
        known = (constant(size, 4 * cells), constant(cells, 4 * cells), constant(4 * cells))
        attributes = {"api_implements": f"lstm_{name}", "api_preferred_device": "CPU"}
        attributes |= {"time_major": False, "go_backwards": False}

        @tf.function(autograph=False, experimental_attributes=attributes)
        def layer(inputs, hidden, cell, kernel, recurrent, bias):
            outputs = []
            for step in range(inputs.shape[1]):
                sums = inputs[:, step] @ kernel + hidden @ recurrent + bias
                fresh, forget, candidate, output = tf.split(sums, 4, axis=1)
                cell = tf.sigmoid(forget) * cell + tf.sigmoid(fresh) * tf.tanh(candidate)
                hidden = tf.sigmoid(output) * tf.tanh(cell)
                outputs.append(hidden)
            return hidden, tf.stack(outputs, 1), hidden, cell, tf.constant(1.0)

        return lambda inputs: layer(inputs, tf.zeros((1, cells)), tf.zeros((1, cells)), *known)[1]

    first, second, matrix = lstm("first", SIZE, CELLS), lstm("second", CELLS, 7), constant(STEPS * 7, 3)
    call = tf.function(lambda inputs: tf.reshape(second(first(inputs)), (1, STEPS * 7)) @ matrix)
    function = call.get_concrete_function(tf.TensorSpec((1, STEPS, SIZE), tf.float32))
    converter = tf.lite.TFLiteConverter.from_concrete_functions([function], tf.Module())
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    samples = random.normal(size=(20, 1, STEPS, SIZE)).astype(np.float32)
    converter.representative_dataset = lambda: ([sample] for sample in samples)
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
    converter.inference_input_type = converter.inference_output_type = tf.int8
    converter._experimental_disable_per_channel_quantization_for_dense_layers = True
    return bytes(converter.convert())


@pytest.fixture(scope="module")
def whole(network: bytes, tmp_path_factory: pytest.TempPathFactory) -> Whole:
    return Whole(network, tmp_path_factory.mktemp("lstm"))


def test_a_function_is_one_layer(whole: Whole) -> None:
    names = [layer.operator for layer in whole.graph.layers]
    assert names == ["UNIDIRECTIONAL_SEQUENCE_LSTM"] * 2 + ["RESHAPE", "FULLY_CONNECTED"]
    states = [(tensor.type, tensor.shape) for tensor in whole.graph.tensors if tensor.is_state]
    assert sorted(states) == [
        ("int16", (1, 7)),
        ("int16", (1, CELLS)),
        ("int8", (1, 7)),
        ("int8", (1, CELLS)),
    ]


def test_consecutive_calls_give_the_oracles_bytes(whole: Whole) -> None:
    assert_calls_build_on_each_other(whole, 5)


def test_a_reset_forgets(whole: Whole) -> None:
    assert_a_reset_forgets(whole)
