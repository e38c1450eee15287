"""The ResNet-8 of MLPerf Tiny's image classification: three stacks of one residual block each."""

import keras
from keras import layers

STACKS = ((16, 1), (32, 2), (64, 2))
"""Channels and stride of each stack."""


def build(input_shape: tuple[int, int, int], outputs: int) -> keras.Model:
    """Network from images of `input_shape` (height, width, channels) to a probability for each of `outputs`."""
    image = layers.Input(input_shape, name="image")
    values = layers.ReLU(name="stem_activated")(convolution(image, STACKS[0][0], 3, 1, "stem"))
    for number, (channels, stride) in enumerate(STACKS, start=1):
        values = residual(values, channels, stride, f"stack{number}")
    values = layers.AveragePooling2D(values.shape[1:3], name="average")(values)
    values = layers.Flatten(name="features")(values)
    return keras.Model(image, layers.Dense(outputs, activation="softmax", name="classes")(values))


def residual(values: keras.KerasTensor, channels: int, stride: int, name: str) -> keras.KerasTensor:
    """Two convolutions beside a way around them, which is a convolution itself where the shape changes."""
    first = layers.ReLU(name=f"{name}_activated")(convolution(values, channels, 3, stride, f"{name}_first"))
    second = convolution(first, channels, 3, 1, f"{name}_second")
    if stride > 1:
        around = layers.Conv2D(channels, 1, strides=stride, padding="same", name=f"{name}_around")(values)
    else:
        around = values
    return layers.ReLU(name=f"{name}_output")(layers.Add(name=f"{name}_sum")([around, second]))


def convolution(
    values: keras.KerasTensor, channels: int, length: int, stride: int, name: str
) -> keras.KerasTensor:
    """A convolution and its normalization, which conversion folds into it."""
    made = layers.Conv2D(channels, length, strides=stride, padding="same", name=name)(values)
    return layers.BatchNormalization(name=f"{name}_normalized")(made)
