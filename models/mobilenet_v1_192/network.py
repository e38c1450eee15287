"""MobileNet v1 as Keras has it."""

import keras


def build(input_shape: tuple[int, int, int], outputs: int) -> keras.Model:
    """Network from images of `input_shape` (height, width, channels) to a probability for each of `outputs`."""
    return keras.applications.MobileNet(input_shape, weights=None, classes=outputs)
