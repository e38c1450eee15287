"""Random int8 networks on an image: windows of all kinds, with and without a sum around them."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from hypothesis import strategies as st

from scons_tinyml.stages.graph.ir import Graph, OptionValue
from support.tflite_builder import NetworkBuilder

CHANNELS = 8
WIDTHS = (8, 6, 4)
_NONE: dict[str, OptionValue] = {"fused_activation_function": "NONE"}


@dataclass
class ImageNetwork:
    """A network that grows at its end; `random` gives weights and zero points."""

    random: np.random.Generator
    net: NetworkBuilder
    last: int
    height: int
    width: int
    channels: int = CHANNELS

    def window(self, operator: str, side: int, stride: int, padding: str, dilation: int = 1) -> None:
        """Add a CONV_2D, DEPTHWISE_CONV_2D or pool with a window of `side` x `side`."""
        extent = (side - 1) * dilation + 1
        options: dict[str, OptionValue] = {
            "padding": padding,
            "stride_h": stride,
            "stride_w": stride,
            **_NONE,
        }
        source = self.last
        sides = [
            -(-size // stride) if padding == "SAME" else (size - extent) // stride + 1
            for size in (self.height, self.width)
        ]
        self.height, self.width = sides
        if operator.endswith("POOL_2D"):
            self._add(operator, [source], {**options, "filter_height": side, "filter_width": side}, source)
            return
        depthwise = operator == "DEPTHWISE_CONV_2D"
        shape = (1, side, side, self.channels) if depthwise else (self.channels, side, side, self.channels)
        values = self.random.integers(-127, 128, shape).astype(np.int8)
        scales = self.random.uniform(0.004, 0.02, self.channels).tolist()
        weights = self.net.constant(values, scales=scales, axis=3 if depthwise else 0)
        bias = self.net.constant(self.random.integers(-900, 900, self.channels).astype(np.int32))
        options |= {"dilation_h_factor": dilation, "dilation_w_factor": dilation}
        if depthwise:
            options["depth_multiplier"] = 1
        self._add(operator, [source, weights, bias], options)

    def add(self, other: int) -> None:
        """Add the sum of the last image and `other`."""
        self._add("ADD", [other, self.last], {**_NONE, "pot_scale_int16": False})

    def _add(
        self, operator: str, inputs: list[int], options: dict[str, OptionValue], like: int | None = None
    ) -> None:
        found = None if like is None else self.net._tensors[like].quantization
        zero_point = found.zero_points[0] if found else int(self.random.integers(-128, 128))
        shape = (1, self.height, self.width, self.channels)
        self.last = self.net.activation(shape, "int8", scale=0.1, zero_point=zero_point)
        self.net.layer(operator, inputs, [self.last], **options)

    def graph(self) -> Graph:
        """Return the network; its tensors have the same numbers in its file."""
        made = self.net.finish([0], [self.last])
        numbered = (replace(tensor, file_index=tensor.index) for tensor in made.tensors)
        return replace(made, tensors=tuple(numbered))


def image_network(seed: int, height: int, width: int) -> ImageNetwork:
    """Return a network that has only its input."""
    net = NetworkBuilder("image")
    source = net.activation((1, height, width, CHANNELS), "int8", scale=0.1, zero_point=-5)
    return ImageNetwork(np.random.default_rng(seed), net, source, height, width)


@st.composite
def image_networks(draw: st.DrawFn) -> Graph:
    """Draw a network of two to six layers on an image."""
    made = image_network(
        draw(st.integers(0, 2**32 - 1)), draw(st.integers(6, 14)), draw(st.sampled_from(WIDTHS))
    )
    for _ in range(draw(st.integers(2, 5))):
        before, shape = made.last, (made.height, made.width)
        operator = draw(
            st.sampled_from(["CONV_2D", "DEPTHWISE_CONV_2D", "CONV_2D", "AVERAGE_POOL_2D", "MAX_POOL_2D"])
        )
        side = draw(st.sampled_from([1, 2, 3, 3, 5]))
        room = min(made.height, made.width) >= side
        padding = draw(st.sampled_from(["SAME", "SAME", "VALID"] if room else ["SAME"]))
        stride = draw(st.sampled_from([1, 1, 2])) if min(shape) > 2 else 1
        made.window(operator, side, stride, padding)
        if (made.height, made.width) == shape and draw(st.booleans()):
            made.add(before)
    return made.graph()
