"""MobileNet v1 as a graph: without a converter, which takes half a minute."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from scons_tinyml.stages.graph.ir import Graph, TensorType
from support.tflite_builder import NetworkBuilder

_CHANNELS = (64, 128, 128, 256, 256, 512, 512, 512, 512, 512, 512, 1024, 1024)
_STRIDES = (1, 2, 1, 2, 1, 2, 1, 1, 1, 1, 1, 2, 1)
_WINDOW = {"padding": "SAME", "dilation_w_factor": 1, "dilation_h_factor": 1}


class _Builder:
    def __init__(self, type_name: TensorType) -> None:
        self.net = NetworkBuilder("mobilenet")
        self.type = type_name
        self.random = np.random.default_rng(0)

    def activation(self, *shape: int) -> int:
        return self.net.activation(shape, self.type, scale=0.05 if self.type == "int8" else None)

    def constants(self, shape: Sequence[int], channels: int, axis: int) -> list[int]:
        values, bias = (self.random.integers(-127, 128, size) for size in (shape, channels))
        if self.type == "float32":
            return [self.net.constant(found.astype(np.float32)) for found in (values, bias)]
        weights = self.net.constant(values.astype(np.int8), scales=[0.01] * channels, axis=axis)
        return [weights, self.net.constant(bias.astype(np.int32))]

    def conv(self, source: int, size: int, shape: Sequence[int], output: int, stride: int) -> int:
        target = self.activation(1, size, size, output)
        options = {**_WINDOW, "stride_w": stride, "stride_h": stride, "fused_activation_function": "RELU6"}
        if len(shape) == 2:  # each channel has its own filter
            inputs = [source, *self.constants((1, *shape, output), output, 3)]
            self.net.layer("DEPTHWISE_CONV_2D", inputs, [target], **options, depth_multiplier=1)
        else:
            self.net.layer("CONV_2D", [source, *self.constants(shape, output, 0)], [target], **options)
        return target


def mobilenet_v1(size: int, type_name: TensorType, classes: int = 1000) -> Graph:
    """Return the network of width 1.0 for colour images of `size` x `size`, without the softmax."""
    builder = _Builder(type_name)
    image = builder.activation(1, size, size, 3)
    size, channels = size // 2, 32
    found = builder.conv(image, size, (32, 3, 3, 3), 32, 2)
    for output, stride in zip(_CHANNELS, _STRIDES, strict=True):
        size //= stride
        found = builder.conv(found, size, (3, 3), channels, stride)
        found = builder.conv(found, size, (output, 1, 1, channels), output, 1)
        channels = output
    pooled = builder.activation(1, 1, 1, channels)
    window = {"stride_w": size, "stride_h": size, "filter_width": size, "filter_height": size}
    builder.net.layer(
        "AVERAGE_POOL_2D", [found], [pooled], **window, padding="VALID", fused_activation_function="NONE"
    )
    scores = builder.conv(pooled, 1, (classes, 1, 1, channels), classes, 1)
    return builder.net.finish([image], [scores])
