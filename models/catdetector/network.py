"""A depthwise-separable network for images of a few hundred pixels."""

import keras
from keras import layers

from scons_tinyml.records.network_spec import NetworkSpec

STEM_CHANNELS = 8
BLOCKS = ((24, 2), (32, 1), (64, 2))
"""Output channels and stride of each depthwise-separable block."""


def build(spec: NetworkSpec) -> keras.Model:
    """Network from images (height, width, channels) to a probability for each class.

    The axis `width` multiplies all channels, `depth` is the number of blocks.
    """
    width = spec.number("width")
    image = layers.Input(spec.input_shape, name="image")
    stem = layers.Conv2D(
        int(STEM_CHANNELS * width), 3, strides=2, padding="same", use_bias=False, name="stem"
    )
    values = normalized(stem(image), "stem")
    for number, (channels, stride) in enumerate(BLOCKS[: spec.whole("depth")], start=1):
        values = separable(values, int(channels * width), stride, f"block{number}")
    values = layers.AveragePooling2D(values.shape[1:3], name="average")(values)
    values = layers.Flatten(name="features")(values)
    values = layers.Dropout(0.2, name="dropout")(values)
    return keras.Model(image, layers.Dense(spec.classes, activation="softmax", name="classes")(values))


def separable(values: keras.KerasTensor, channels: int, stride: int, name: str) -> keras.KerasTensor:
    """A 3x3 convolution of each channel by itself, then a mixture of the channels at each pixel."""
    depthwise = layers.DepthwiseConv2D(
        3, strides=stride, padding="same", use_bias=False, name=f"{name}_depthwise"
    )
    pointwise = layers.Conv2D(channels, 1, use_bias=False, name=f"{name}_pointwise")
    values = normalized(depthwise(values), f"{name}_depthwise")
    return normalized(pointwise(values), f"{name}_pointwise")


def normalized(values: keras.KerasTensor, name: str) -> keras.KerasTensor:
    """Batch normalization, which conversion folds into the convolution before it, and the activation."""
    values = layers.BatchNormalization(momentum=0.9, name=f"{name}_normalized")(values)
    return layers.ReLU(6.0, name=f"{name}_activated")(values)
