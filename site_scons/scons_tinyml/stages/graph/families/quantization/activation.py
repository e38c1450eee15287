"""Fused activation functions as the range that an output is clamped to."""

from __future__ import annotations

from scons_tinyml.stages.graph.families.quantization.scales import (
    ZERO_POINTS,
    round_half_away,
    round_to_float32,
    scale,
    zero_point,
)
from scons_tinyml.stages.graph.ir import LayerView, Tensor

FLOAT32_MAX = (2 - 2**-23) * 2.0**127
"""Largest finite float32, TensorFlow Lite's bound where there is no limit."""

LEAST, MOST = "activation_least", "activation_most"
"""Options with the limits of a quantized output, which no file has: the pass `fuse_activations` sets them."""

_INTEGERS = 2.0**30

_REAL_RANGES: dict[str, tuple[float | None, float | None]] = {
    "NONE": (None, None),
    "RELU": (0.0, None),
    "RELU6": (0.0, 6.0),
    "RELU_N1_TO_1": (-1.0, 1.0),
}


def check_activation(view: LayerView) -> list[str]:
    """Return a problem when the layer's fused activation is not a clamp."""
    name = view.option_text("fused_activation_function")
    if name in _REAL_RANGES:
        return []
    return [f"fused_activation_function is {name}, expected one of {', '.join(_REAL_RANGES)}"]


def check_integer_limits(view: LayerView) -> list[str]:
    """Return a problem when a limit of the fused activation exceeds 32 bits in the scale of the output."""
    limits = _REAL_RANGES[view.option_text("fused_activation_function")]
    furthest = max(abs(limit or 0.0) for limit in limits)
    output = view.output()
    scaled = output.type in ZERO_POINTS and output.quantization is not None
    if not scaled or furthest < scale(output) * _INTEGERS:
        return []
    return [f"output scale {scale(output)!r} is too small for the limits of a fused activation"]


def float_range(view: LayerView) -> tuple[float, float]:
    """Return the range of the real output."""
    low, high = _REAL_RANGES[view.option_text("fused_activation_function")]
    return -FLOAT32_MAX if low is None else low, FLOAT32_MAX if high is None else high


def quantized_range(view: LayerView) -> tuple[int, int]:
    """Return the range of the quantized output."""
    if LEAST in view.options:
        return view.option_int(LEAST), view.option_int(MOST)
    low, high = _REAL_RANGES[view.option_text("fused_activation_function")]
    output = view.output()
    smallest, largest = ZERO_POINTS[output.type]
    return (
        smallest if low is None else max(smallest, quantize_real(low, output)),
        largest if high is None else min(largest, quantize_real(high, output)),
    )


def int32_range(view: LayerView) -> tuple[int, int]:
    """Return the range of integers that are not quantized."""
    low, high = _REAL_RANGES[view.option_text("fused_activation_function")]
    return -(2**31) if low is None else int(low), 2**31 - 1 if high is None else int(high)


def quantize_real(real: float, tensor: Tensor) -> int:
    """Return `real` as an integer of `tensor`, limited to 32 bits before adding the zero point.

    The division is in float32.
    """
    steps = round_to_float32(real / scale(tensor))
    return zero_point(tensor) + round_half_away(max(-(2.0**31), min(2.0**31, steps)))


def range_fields(view: LayerView) -> dict[str, int | float]:
    """Return `activation_min` and `activation_max` of the layer's type."""
    ranges = {"int8": quantized_range, "int16": quantized_range, "int32": int32_range}
    low, high = ranges.get(view.output().type, float_range)(view)
    return {"activation_min": low, "activation_max": high}
