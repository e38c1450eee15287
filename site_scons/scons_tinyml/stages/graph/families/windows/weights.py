"""Weights of operators with a filter and a bias: CONV_2D, DEPTHWISE_CONV_2D, TRANSPOSE_CONV, FULLY_CONNECTED."""

from __future__ import annotations

from collections.abc import Mapping

from scons_tinyml.records.kernel import NumberType
from scons_tinyml.stages.graph.families.base import CArray
from scons_tinyml.stages.graph.families.quantization.activation import range_fields
from scons_tinyml.stages.graph.families.quantization.scales import (
    FixedPoint,
    check_scaled,
    check_values,
    quantization,
    quantize_multiplier,
    scale,
    zero_point,
)
from scons_tinyml.stages.graph.ir import LayerView, Tensor

INPUT_NAMES = ("input", "filter", "bias")
REQUIRED = 2


_TYPES: Mapping[tuple[str, str, str], NumberType] = {
    ("int8", "int8", "int8"): "int8",
    ("int8", "int4", "int8"): "int4",
    ("int16", "int8", "int16"): "int16",
    ("float32", "float32", "float32"): "float32",
}
"""Types of input, filter and output with kernels."""

_BIAS_TYPES = {"int4": ("int32",), "int8": ("int32",), "int16": ("int32", "int64"), "float32": ("float32",)}

_MOST_LEFT_SHIFT = 7
"""Largest left shift of 64-bit sums: sums take up to 48 bits and factors 15."""


def number_type(view: LayerView) -> NumberType | None:
    """Return the type of the activations, or int4 for int4 weights.

    None for other hybrids, such as float32 with int8 weights, and for a bias type that does not match.
    """
    found = _TYPES.get((view.input(0).type, view.input(1).type, view.output().type))
    bias = view.optional_input(2)
    return found if found is None or bias is None or bias.type in _BIAS_TYPES[found] else None


def wide_sums(view: LayerView) -> bool:
    """Return True for 64-bit sums of int16 values times int8 weights: by the bias type, else by an option."""
    bias = view.optional_input(2)
    chosen = view.options.get("quantized_bias_type") if bias is None else bias.type.upper()
    return number_type(view) == "int16" and chosen != "INT32"


def check_bias(view: LayerView, channels: int) -> list[str]:
    """Return a problem when a bias does not have one value per output channel."""
    bias = view.optional_input(2)
    if bias is None or bias.elements == channels:
        return []
    return [f"bias has {bias.elements} values, expected one for each of {channels} output channels"]


def check_scales(view: LayerView, axis: int, channels: int, *, offset: bool = False) -> list[str]:
    """Return problems with the quantization of tensors; the filter's channels run along `axis`.

    `offset` allows a zero point of the filter.
    """
    problems = [
        *check_scaled(view.input(0), "input"),
        *check_scaled(view.output(), "output"),
        *_check_filter(view.input(1), axis, channels, offset),
    ]
    return problems or _check_wide_factors(view)


def _check_wide_factors(view: LayerView) -> list[str]:
    if wide_sums(view) and any(fixed.shift > _MOST_LEFT_SHIFT for fixed in channel_multipliers(view)):
        return [f"output scale {scale(view.output())!r} is too small for the scales of input and filter"]
    return []


def _check_filter(weights: Tensor, axis: int, channels: int, offset: bool) -> list[str]:
    if weights.type not in ("int4", "int8"):
        return []
    found = weights.quantization
    if found is None or not found.scales:
        return [f"filter is {weights.type} but has no scale"]
    problems = check_values(weights, "filter", zero=True)
    if found.per_channel and (found.axis != axis or len(found.scales) != channels):
        problems.append(
            f"filter has {len(found.scales)} scales along dimension {found.axis}, "
            f"expected {channels} along dimension {axis}"
        )
    if any(found.zero_points) and not offset:
        problems.append("filter has a zero point other than 0; weights must be quantized symmetrically")
    return problems


def per_channel(view: LayerView) -> bool:
    """Return True when the filter has a scale for each output channel."""
    found = view.input(1).quantization
    return found is not None and found.per_channel


def flags(view: LayerView) -> dict[str, int]:
    """Return attributes of the weights that decide which kernels can run them."""
    found = {"per_channel": int(per_channel(view)), "has_bias": int(view.optional_input(2) is not None)}
    return found | _width(view)


def _width(view: LayerView) -> dict[str, int]:
    return {"wide_sums": int(wide_sums(view))} if number_type(view) == "int16" else {}


def value_fields(view: LayerView) -> dict[str, int | float]:
    """Return the output range and, for int8, offsets of input and output, for int16, the width of sums."""
    if number_type(view) not in ("int4", "int8"):
        return {**range_fields(view), **_width(view)}
    offsets = {"input_offset": -zero_point(view.input(0)), "output_offset": zero_point(view.output())}
    return {**offsets, **range_fields(view)}


def channel_multipliers(view: LayerView) -> list[FixedPoint]:
    """Return input scale * filter scale / output scale for each scale of the filter."""
    filter_scales = quantization(view.input(1)).scales
    return [
        quantize_multiplier(scale(view.input(0)) * filter_scale / scale(view.output()))
        for filter_scale in filter_scales
    ]


def multiplier_fields(multipliers: list[FixedPoint]) -> dict[str, CArray]:
    """Return the fields `multiplier` and `shift` as arrays, one value for each scale of the filter."""
    return {
        "multiplier": CArray("int32_t", tuple(fixed.multiplier for fixed in multipliers)),
        "shift": CArray("int32_t", tuple(fixed.shift for fixed in multipliers)),
    }
