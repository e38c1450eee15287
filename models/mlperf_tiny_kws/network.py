"""The DS-CNN of MLPerf Tiny's keyword spotting: one convolution, four depthwise-separable blocks."""

import keras
from keras import layers

CHANNELS = 64
BLOCKS = 4


def build(input_shape: tuple[int, int, int], outputs: int) -> keras.Model:
    """Network from `input_shape` (times, coefficients, 1) to a probability for each of `outputs` words."""
    spectrogram = layers.Input(input_shape, name="spectrogram")
    stem = layers.Conv2D(CHANNELS, (10, 4), strides=2, padding="same", use_bias=False, name="stem")
    values = activated(stem(spectrogram), "stem")
    for number in range(1, BLOCKS + 1):
        depthwise = layers.DepthwiseConv2D(3, padding="same", use_bias=False, name=f"depthwise{number}")
        pointwise = layers.Conv2D(CHANNELS, 1, use_bias=False, name=f"pointwise{number}")
        values = activated(depthwise(values), f"depthwise{number}")
        values = activated(pointwise(values), f"pointwise{number}")
    values = layers.AveragePooling2D(values.shape[1:3], name="average")(values)
    values = layers.Flatten(name="features")(values)
    return keras.Model(spectrogram, layers.Dense(outputs, activation="softmax", name="words")(values))


def activated(values: keras.KerasTensor, name: str) -> keras.KerasTensor:
    """Normalization, which conversion folds into the layer before it, and the activation."""
    return layers.ReLU(name=f"{name}_activated")(layers.BatchNormalization(name=f"{name}_normalized")(values))
