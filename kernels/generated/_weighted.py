"""Layers with int8 weights: what any generator of them needs to know, and the sums that they can reach."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scons_tinyml.stages.graph.families.base import CStruct
from scons_tinyml.stages.graph.families.quantization.scales import FixedPoint
from scons_tinyml.stages.graph.ir import LayerView
from scons_tinyml.stages.lowering.arguments import known_operator
from scons_tinyml.stages.lowering.thumb.raw_pairs import sums_within_reach
from scons_tinyml.stages.lowering.thumb.sums import OutputRange, Sums, constant_output


@dataclass(frozen=True, eq=False)
class WeightedLayer:
    """Weights, bias and quantization of a layer whose output channels are sums of products."""

    weights: NDArray[np.int8]
    """[channels, weights of a channel]; filters are in the order rows, columns, input channels."""
    bias: NDArray[np.int32]
    """[channels], zeros for a layer without bias."""
    input_zero_point: int
    """Inputs count as their difference from it."""
    factors: tuple[FixedPoint, ...]
    """Of each channel."""
    output: OutputRange

    @property
    def channels(self) -> int:
        """Number of output channels."""
        return len(self.bias)

    @property
    def depth(self) -> int:
        """Weights of a channel."""
        return int(self.weights.shape[1])

    @cached_property
    def live_bias(self) -> NDArray[np.int64]:
        """[channels]: bias, 0 for channels whose output is the same for any input."""
        return np.where(self.live, self.bias, 0).astype(np.int64)

    def sums(self, scale: int = 1) -> list[Sums]:
        """Return the sums that each channel can reach for any input, in registers that hold `scale` times them."""
        low, high = sums_within_reach(self.weights, self.bias, self.input_zero_point)
        rows = zip(self.factors, low.tolist(), high.tolist(), strict=True)
        return [Sums(factor, least, most, scale) for factor, least, most in rows]

    @cached_property
    def live(self) -> NDArray[np.bool_]:
        """[channels]: false for those whose output is the same for any input."""
        return np.array([constant_output(sums, self.output) is None for sums in self.sums()])


def weighted_layer(view: LayerView) -> WeightedLayer | str:
    """Return the CONV_2D, DEPTHWISE_CONV_2D or FULLY_CONNECTED layer of `view`, or why none can be generated."""
    operator = known_operator(view)
    if operator.number_type(view) != "int8":
        return "is for int8 activations and weights"
    found = constants_of(view, np.int8, np.int32)
    if isinstance(found, str):
        return found
    matrix, bias = found
    fields = operator.parameters(view)
    return WeightedLayer(
        matrix, bias, -fields.number("input_offset"), factors_of(fields, len(bias)), _output(fields)
    )


def constants_of(
    view: LayerView, weight_type: type[np.generic], bias_type: type[np.generic]
) -> tuple[NDArray[Any], NDArray[Any]] | str:
    """Return weights [channels, weights of a channel] and bias, or why there are none; without a bias zeros."""
    weights, bias = view.input(1), view.optional_input(2)
    if not weights.is_constant or (bias is not None and not bias.is_constant):
        return "needs weights and bias that are constant"
    values = np.frombuffer(weights.data or b"", weight_type)
    is_depthwise = known_operator(view).computation(view) == "DEPTHWISE_CONV_2D"
    channels = weights.shape[-1] if is_depthwise else weights.shape[0]
    matrix = values.reshape(-1, channels).T if is_depthwise else values.reshape(channels, -1)
    numbers = np.zeros(channels, bias_type) if bias is None else np.frombuffer(bias.data or b"", bias_type)
    return matrix, numbers


def factors_of(fields: CStruct, channels: int) -> tuple[FixedPoint, ...]:
    """Return the factor of each channel in the parameters `fields`, which may have one for all."""
    multipliers, shifts = fields.numbers("multiplier"), fields.numbers("shift")
    if len(multipliers) == 1:
        multipliers, shifts = multipliers * channels, shifts * channels
    return tuple(FixedPoint(multiplier, shift) for multiplier, shift in zip(multipliers, shifts, strict=True))


def _output(fields: CStruct) -> OutputRange:
    return OutputRange(
        *(fields.number(name) for name in ("output_offset", "activation_min", "activation_max"))
    )
