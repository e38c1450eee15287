"""A depthwise-separable network over time, for windows of a few sensors."""

import keras
from keras import layers

STEM_CHANNELS = 8
BLOCKS = ((16, 2), (24, 2))
"""Output channels and stride of each depthwise-separable block."""
TAPS = 5
"""Readings that a convolution sees."""


def build(input_shape: tuple[int, int], classes: int) -> keras.Model:
    """Network from windows of `input_shape` (readings, sensors) to a probability for each class.

    Time is the height of an image that is one pixel wide, and sensors are its channels.
    """
    readings, sensors = input_shape
    window = layers.Input(input_shape, name="window")
    values = layers.Reshape((readings, 1, sensors), name="image")(window)
    stem = layers.Conv2D(
        STEM_CHANNELS, (TAPS, 1), strides=(2, 1), padding="same", use_bias=False, name="stem"
    )
    values = normalized(stem(values), "stem")
    for number, (channels, stride) in enumerate(BLOCKS, start=1):
        values = separable(values, channels, stride, f"block{number}")
    values = layers.AveragePooling2D(values.shape[1:3], name="average")(values)
    values = layers.Flatten(name="features")(values)
    return keras.Model(window, layers.Dense(classes, activation="softmax", name="classes")(values))


def separable(values: keras.KerasTensor, channels: int, stride: int, name: str) -> keras.KerasTensor:
    """A convolution of each channel over time by itself, then a mixture of the channels at each reading."""
    depthwise = layers.DepthwiseConv2D(
        (TAPS, 1), strides=(stride, stride), padding="same", use_bias=False, name=f"{name}_depthwise"
    )
    pointwise = layers.Conv2D(channels, 1, use_bias=False, name=f"{name}_pointwise")
    values = normalized(depthwise(values), f"{name}_depthwise")
    return normalized(pointwise(values), f"{name}_pointwise")


def normalized(values: keras.KerasTensor, name: str) -> keras.KerasTensor:
    """Batch normalization, which conversion folds into the convolution before it, and the activation."""
    values = layers.BatchNormalization(momentum=0.9, name=f"{name}_normalized")(values)
    return layers.ReLU(6.0, name=f"{name}_activated")(values)
