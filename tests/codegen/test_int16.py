"""A network that TensorFlow converts to int16 activations and int8 weights, whole in the emulator."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from scons_tinyml.stages.train.tensorflow_process import import_tensorflow
from support.whole import Whole

KERNELS = {
    "CONV_2D": "reference/conv_2d_int16",
    "DEPTHWISE_CONV_2D": "reference/depthwise_conv_2d_int16",
    "LOGISTIC": "reference/logistic_int16",
    "MUL": "reference/mul_int16",
    "AVERAGE_POOL_2D": "reference/average_pool_2d_int16",
    "FULLY_CONNECTED": "reference/fully_connected_int16",
    "SOFTMAX": "reference/softmax_int16",
}
SHAPE = (6, 6, 2)


def network(keras: Any) -> Any:
    """Convolutions, a gate of a sigmoid, pooling, a dense layer and a softmax."""
    keras.utils.set_random_seed(0)
    layers = keras.layers
    image = layers.Input(SHAPE)
    first = layers.Conv2D(4, 3, activation="relu6")(image)
    second = layers.DepthwiseConv2D(3, padding="same", activation="sigmoid")(first)
    pooled = layers.AveragePooling2D(2)(layers.Multiply()([first, second]))
    return keras.Model(image, layers.Dense(3, activation="softmax")(layers.Flatten()(pooled)))


def converted() -> bytes:
    """The network with inputs and outputs of int16 too."""
    tf = import_tensorflow(0).tensorflow
    made = network(tf.keras)
    samples = np.random.default_rng(0).normal(size=(20, 1, *SHAPE)).astype(np.float32)
    function = tf.function(lambda values: made(values, training=False))
    call = function.get_concrete_function(tf.TensorSpec((1, *SHAPE), tf.float32))
    converter = tf.lite.TFLiteConverter.from_concrete_functions([call])
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.representative_dataset = lambda: ([sample] for sample in samples)
    converter.target_spec.supported_ops = [
        tf.lite.OpsSet.EXPERIMENTAL_TFLITE_BUILTINS_ACTIVATIONS_INT16_WEIGHTS_INT8
    ]
    converter.inference_input_type = converter.inference_output_type = tf.int16
    return bytes(converter.convert())


@pytest.mark.filterwarnings("ignore")
def test_a_network_of_int16_equals_the_oracle(tmp_path: Path) -> None:
    whole = Whole(converted(), tmp_path)
    names = {whole.graph.layers[layer].operator: kernel.name for layer, kernel in whole.kernels.items()}
    assert names == KERNELS
    samples = whole.samples()
    assert whole.answers(samples) == whole.expected(samples)
