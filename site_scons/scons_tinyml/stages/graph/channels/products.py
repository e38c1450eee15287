"""Layers whose output channels are sums of products with int8 weights."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from scons_tinyml.stages.graph.families.base import CStruct
from scons_tinyml.stages.graph.families.quantization.fixed_point import (
    INT32_MAX,
    INT32_MIN,
    clamp,
    requantize,
)
from scons_tinyml.stages.graph.families.quantization.scales import FixedPoint
from scons_tinyml.stages.graph.ir import LayerView
from scons_tinyml.stages.graph.operators import find_operator

OPERATORS = ("CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED")
_PADDING = tuple(f"padding_{side}" for side in ("top", "bottom", "left", "right"))

Bounds = tuple[NDArray[np.int64], NDArray[np.int64]]
"""Least and largest value of each channel."""


@dataclass(frozen=True, eq=False)
class Products:
    """output[o] = requantize(bias[o] + sum over taps and inputs of weight * (input - zero point))."""

    weights: NDArray[np.int64]
    """[output channels, taps, input channels]; of a depthwise layer the last axis has one item."""
    bias: NDArray[np.int64]
    """[output channels], zeros for a layer without bias."""
    has_bias: bool
    is_depthwise: bool
    is_padded: bool
    """True when windows reach over the edge, where inputs count as the zero point."""
    fields: CStruct
    """Parameters of the layer: offsets, limits and factors."""

    @property
    def channels(self) -> int:
        """Number of output channels."""
        return len(self.bias)

    @property
    def zero_point(self) -> int:
        """Zero point of the input."""
        return -self.fields.number("input_offset")

    @cached_property
    def factors(self) -> tuple[FixedPoint, ...]:
        """Of each output channel."""
        multipliers, shifts = self.fields.numbers("multiplier"), self.fields.numbers("shift")
        each = self.channels // len(multipliers)
        pairs = zip(multipliers * each, shifts * each, strict=True)
        return tuple(FixedPoint(multiplier, shift) for multiplier, shift in pairs)

    def sums(self, low: NDArray[np.int64], high: NDArray[np.int64]) -> Bounds:
        """Return the bounds of each channel's sum, for inputs [input channels] from `low` to `high`."""
        if self.is_padded:
            low, high = np.minimum(low, self.zero_point), np.maximum(high, self.zero_point)
        least, most = low - self.zero_point, high - self.zero_point
        if self.is_depthwise:
            each = self.channels // len(low)
            least, most = np.repeat(least, each)[:, None, None], np.repeat(most, each)[:, None, None]
        up, down = np.maximum(self.weights, 0), np.minimum(self.weights, 0)
        return (
            self.bias + (up * least + down * most).sum((1, 2)),
            self.bias + (up * most + down * least).sum((1, 2)),
        )

    def outputs(self, low: NDArray[np.int64], high: NDArray[np.int64]) -> Bounds:
        """Return the bounds of each output channel. Outputs never fall when a sum rises, unless the sum overflows."""
        bounds = [self._output(*each) for each in zip(self.factors, *self.sums(low, high), strict=True)]
        least, most = np.array(bounds, np.int64).reshape(-1, 2).T
        return least, most

    def _output(self, factor: FixedPoint, low: np.int64, high: np.int64) -> tuple[int, int]:
        minimum, maximum = self.fields.number("activation_min"), self.fields.number("activation_max")
        times = 1 << max(factor.shift, 0)
        if int(low) * times < INT32_MIN or int(high) * times > INT32_MAX:
            return minimum, maximum
        zero_point = self.fields.number("output_offset")
        least, most = (
            clamp(requantize(int(end), factor) + zero_point, minimum, maximum) for end in (low, high)
        )
        return least, most


def products_of(view: LayerView) -> Products | None:
    """Return the products of a valid layer of int8, None for others, with groups or a filter that is not constant."""
    operator = find_operator(view.layer.operator)
    if view.layer.operator not in OPERATORS or operator is None:
        return None
    if operator.number_type(view) != "int8" or operator.computation(view) != view.layer.operator:
        return None
    weights, bias, inputs = view.input(1), view.optional_input(2), view.input(0).shape[-1]
    if weights.data is None or (bias is not None and bias.data is None):
        return None
    is_depthwise = view.layer.operator == "DEPTHWISE_CONV_2D"
    if not is_depthwise and weights.shape[-1] != inputs:
        return None
    values = np.frombuffer(weights.data, np.int8).astype(np.int64)
    channels = view.output().shape[-1]
    shaped = (
        values.reshape(-1, channels).T[:, :, None] if is_depthwise else values.reshape(channels, -1, inputs)
    )
    attributes = operator.attributes(view)
    return Products(
        weights=shaped,
        bias=np.zeros(channels, np.int64)
        if bias is None
        else np.frombuffer(bias.data or b"", "<i4").astype(np.int64),
        has_bias=bias is not None,
        is_depthwise=is_depthwise,
        is_padded=any(attributes.get(name, 0) for name in _PADDING),
        fields=operator.parameters(view),
    )
