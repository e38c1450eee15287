"""The MobileNet v1 of MLPerf Tiny's visual wake words, of a quarter of the width."""

import keras
from keras import layers

STEM_CHANNELS = 8
BLOCKS = (
    *((16, 1), (32, 2), (32, 1), (64, 2), (64, 1)),
    *((128, 2), (128, 1), (128, 1), (128, 1), (128, 1), (128, 1)),
    *((256, 2), (256, 1)),
)
"""Output channels and stride of each depthwise-separable block."""


def build(input_shape: tuple[int, int, int], outputs: int) -> keras.Model:
    """Network from images of `input_shape` (height, width, channels) to a probability for each of `outputs`."""
    image = layers.Input(input_shape, name="image")
    stem = layers.Conv2D(STEM_CHANNELS, 3, strides=2, padding="same", use_bias=False, name="stem")
    values = activated(stem(image), "stem")
    for number, (channels, stride) in enumerate(BLOCKS, start=1):
        name = f"block{number}"
        depthwise = layers.DepthwiseConv2D(
            3, strides=stride, padding="same", use_bias=False, name=f"{name}_depthwise"
        )
        pointwise = layers.Conv2D(channels, 1, use_bias=False, name=f"{name}_pointwise")
        values = activated(depthwise(values), f"{name}_depthwise")
        values = activated(pointwise(values), f"{name}_pointwise")
    values = layers.AveragePooling2D(values.shape[1:3], name="average")(values)
    values = layers.Flatten(name="features")(values)
    return keras.Model(image, layers.Dense(outputs, activation="softmax", name="classes")(values))


def activated(values: keras.KerasTensor, name: str) -> keras.KerasTensor:
    """Normalization, which conversion folds into the layer before it, and the activation."""
    return layers.ReLU(name=f"{name}_activated")(layers.BatchNormalization(name=f"{name}_normalized")(values))
