"""What operators with a filter and a bias share: CONV_2D, DEPTHWISE_CONV_2D and FULLY_CONNECTED."""

from __future__ import annotations

from scons_tinyml.records.kernel import NumberType
from scons_tinyml.stages.graph.ir import LayerView, Tensor
from scons_tinyml.stages.graph.operators.base import CArray
from scons_tinyml.stages.graph.operators.quantized import (
    FixedPoint,
    check_quantization,
    check_values,
    quantization,
    quantize_multiplier,
    scale,
)
from scons_tinyml.stages.graph.operators.tensors import common_type

INPUT_NAMES = ("input", "filter", "bias")
REQUIRED = 2


def number_type(view: LayerView) -> NumberType | None:
    """int8 with an int32 bias, or float32 throughout; None for hybrids such as float32 with int8 weights."""
    found = common_type(view.input(0), view.input(1), view.output())
    bias = view.optional_input(2)
    bias_type = "int32" if found == "int8" else "float32"
    return None if bias is not None and bias.type != bias_type else found


def check_bias(view: LayerView, channels: int) -> list[str]:
    """A problem when there is a bias that does not have one value per output channel."""
    bias = view.optional_input(2)
    if bias is None or bias.elements == channels:
        return []
    return [f"bias has {bias.elements} values, expected one for each of {channels} output channels"]


def check_scales(view: LayerView, axis: int, channels: int) -> list[str]:
    """Problems with the quantization of input, output and filter, whose channels run along `axis`."""
    return [
        *check_quantization(view.input(0), "input"),
        *check_quantization(view.output(), "output"),
        *_check_filter(view.input(1), axis, channels),
    ]


def _check_filter(weights: Tensor, axis: int, channels: int) -> list[str]:
    if weights.type != "int8":
        return []
    found = weights.quantization
    if found is None or not found.scales:
        return ["filter is int8 but has no scale"]
    problems = check_values(weights, "filter")
    if found.per_channel and (found.axis != axis or len(found.scales) != channels):
        problems.append(
            f"filter has {len(found.scales)} scales along dimension {found.axis}, "
            f"expected {channels} along dimension {axis}"
        )
    if any(found.zero_points):
        problems.append("filter has a zero point other than 0; weights must be quantized symmetrically")
    return problems


def per_channel(view: LayerView) -> bool:
    """The filter has a scale for each output channel."""
    found = view.input(1).quantization
    return found is not None and found.per_channel


def flags(view: LayerView) -> dict[str, int]:
    """Attributes of the weights that decide which kernels fit."""
    return {"per_channel": int(per_channel(view)), "has_bias": int(view.optional_input(2) is not None)}


def channel_multipliers(view: LayerView) -> list[FixedPoint]:
    """input scale * filter scale / output scale for each scale of the filter."""
    filter_scales = quantization(view.input(1)).scales
    return [
        quantize_multiplier(scale(view.input(0)) * filter_scale / scale(view.output()))
        for filter_scale in filter_scales
    ]


def multiplier_fields(multipliers: list[FixedPoint]) -> dict[str, CArray]:
    """`multiplier` and `shift` as arrays."""
    return {
        "multiplier": CArray("int32_t", tuple(fixed.multiplier for fixed in multipliers)),
        "shift": CArray("int32_t", tuple(fixed.shift for fixed in multipliers)),
    }
