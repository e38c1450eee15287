"""Chains of int8 convolutions on an image, with channels that are the same for every input."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from scons_tinyml.stages.graph.channels.needs import MULTIPLE
from scons_tinyml.stages.graph.ir import Graph
from support.tflite_builder import NetworkBuilder

INPUT_CHANNELS = 4
SIDE = 5
EXTREME = 6_000_000
"""A bias beyond all sums of 144 products: the output is at its limit for every input."""
DILATION = {"dilation_w_factor": 1, "dilation_h_factor": 1}


@dataclass
class Chain:
    """A chain of layers on an image; `random` decides weights, `biases` gives the bias of a layer's channels."""

    random: np.random.Generator
    net: NetworkBuilder
    last: int
    shape: tuple[int, ...]

    def _next(self, shape: Sequence[int], zero_point: int) -> int:
        self.shape = tuple(shape)
        return self.net.activation(shape, "int8", scale=0.1, zero_point=zero_point)

    def _weights(self, shape: Sequence[int], axis: int) -> int:
        values = self.random.integers(-127, 128, shape).astype(np.int8)
        values[self.random.random(shape) < 0.3] = 0
        return self.net.constant(
            values, scales=self.random.uniform(0.004, 0.02, shape[axis]).tolist(), axis=axis
        )

    def convolution(
        self, bias: Sequence[int] | None, *, padding: str, zero_point: int, activation: str, side: int = 3
    ) -> None:
        """Add a CONV_2D, as many channels as `bias` has numbers; None for four without a bias."""
        channels = MULTIPLE if bias is None else len(bias)
        source, rows = self.last, self._side(padding, side)
        weights = self._weights((channels, side, side, self.shape[-1]), 0)
        self._window(
            "CONV_2D", source, weights, bias, (1, rows, rows, channels), padding, zero_point, activation
        )

    def depthwise(
        self, bias: Sequence[int], *, padding: str, zero_point: int, activation: str, multiplier: int = 1
    ) -> None:
        """Add a DEPTHWISE_CONV_2D, whose biases are repeated as needed."""
        channels, rows = self.shape[-1] * multiplier, self._side(padding, 3)
        weights = self._weights((1, 3, 3, channels), 3)
        self._window(
            "DEPTHWISE_CONV_2D",
            self.last,
            weights,
            np.resize(bias, channels).tolist(),
            (1, rows, rows, channels),
            padding,
            zero_point,
            activation,
            depth_multiplier=multiplier,
        )

    def _side(self, padding: str, side: int) -> int:
        return self.shape[1] if padding == "SAME" else self.shape[1] - side + 1

    def _window(
        self,
        operator: str,
        source: int,
        weights: int,
        bias: Sequence[int] | None,
        shape: Sequence[int],
        padding: str,
        zero_point: int,
        activation: str,
        **options: int,
    ) -> None:
        inputs = [source, weights]
        if bias is not None:
            inputs.append(self.net.constant(np.array(bias, np.int32)))
        self.last = self._next(shape, zero_point)
        self.net.layer(
            operator,
            inputs,
            [self.last],
            padding=padding,
            stride_w=1,
            stride_h=1,
            fused_activation_function=activation,
            **DILATION,
            **options,
        )

    def pool(self, operator: str) -> None:
        """Add a pool of the whole image."""
        source, (_, rows, columns, channels) = self.last, self.shape
        point = self.net._tensors[source].quantization.zero_points[0]
        self.last = self._next((1, 1, 1, channels), point)
        window = {"filter_height": rows, "filter_width": columns, "stride_h": 1, "stride_w": 1}
        self.net.layer(
            operator, [source], [self.last], padding="VALID", fused_activation_function="NONE", **window
        )

    def dense(self, outputs: int) -> None:
        """Add a RESHAPE to a row, and a FULLY_CONNECTED."""
        source, values = self.last, int(np.prod(self.shape))
        point = self.net._tensors[source].quantization.zero_points[0]
        flat = self._next((1, values), point)
        self.net.layer(
            "RESHAPE",
            [source, self.net.constant(np.array([1, values], np.int32))],
            [flat],
            new_shape=(1, values),
        )
        matrix = self.net.constant(
            self.random.integers(-127, 128, (outputs, values)).astype(np.int8), scales=[0.01]
        )
        bias = self.net.constant(self.random.integers(-500, 500, outputs).astype(np.int32))
        self.last = self._next((1, outputs), 3)
        options = {"weights_format": "DEFAULT", "keep_num_dims": False, "fused_activation_function": "NONE"}
        self.net.layer("FULLY_CONNECTED", [flat, matrix, bias], [self.last], **options)

    def graph(self) -> Graph:
        """Return the network."""
        return self.net.finish([0], [self.last])


def chain(seed: int) -> Chain:
    """Return a chain that has only its input."""
    net = NetworkBuilder()
    shape = (1, SIDE, SIDE, INPUT_CHANNELS)
    return Chain(
        np.random.default_rng(seed), net, net.activation(shape, "int8", scale=0.05, zero_point=-5), shape
    )


def with_silu(graph: Graph) -> Graph:
    """Return `graph` with a MINIMUM and x * LOGISTIC(x) behind it, by a builder that copies its tensors."""
    net = NetworkBuilder(graph.name)
    for tensor in graph.tensors:
        net.add(tensor)
    for layer in graph.layers:
        net.layer(layer.operator, layer.inputs, layer.outputs, **layer.options)
    last = graph.tensors[graph.outputs[0]]
    assert last.quantization is not None
    (scale,), (zero_point,) = last.quantization.scales, last.quantization.zero_points
    limited, output = (
        net.activation(last.shape, "int8", scale=scale, zero_point=zero_point) for _ in range(2)
    )
    sigmoid = net.activation(last.shape, "int8", scale=1 / 256, zero_point=-128)
    limit = net.constant(np.array(90, np.int8), scales=[scale], zero_points=[zero_point])
    net.layer("MINIMUM", [last.index, limit], [limited])
    net.layer("LOGISTIC", [limited], [sigmoid])
    net.layer("MUL", [limited, sigmoid], [output], fused_activation_function="NONE")
    return net.finish(graph.inputs, [output])


def two_layers(
    bias: Sequence[int] | None, *, padding: str, zero_point: int, activation: str = "NONE"
) -> Graph:
    """Return a convolution of eight channels, of which four are at the lower limit, before one with `bias`."""
    made = chain(1)
    made.convolution([-EXTREME] * 4 + [0] * 4, padding="SAME", zero_point=zero_point, activation=activation)
    made.convolution(bias, padding=padding, zero_point=0, activation="NONE")
    return made.graph()
