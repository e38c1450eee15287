"""Weights of a layer before and after quantization."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scons_tinyml.records.quality import Histogram, WeightQuality
from scons_tinyml.stages.graph.ir import LayerView, Quantization, Tensor
from scons_tinyml.stages.quality.figures import histogram, power, snr_db, widest

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Array = npt.NDArray[Any]
    FloatArray = npt.NDArray[np.float64]

CODES = (-128.0, 128.0)
"""Ends of the histogram of codes: bins of a few whole codes each."""
_CODE_TYPES = ("int8", "int4")
_LAST_AXIS = ("DEPTHWISE_CONV_2D",)
"""Operators whose weights have their channels on the last axis; others have them on the first one."""


def weight_quality(view: LayerView, original: LayerView | None) -> WeightQuality | None:
    """Return the figures of the weights of a quantized layer, beside those of its float layer; None without weights."""
    found = next(
        (place for place in range(len(view.layer.inputs)) if _is_weights(view.optional_input(place))), None
    )
    if found is None:
        return None
    tensor = view.input(found)
    codes = constant(tensor)
    before = _float_values(original, found, tensor)
    ends = (float(before.min()), float(before.max())) if before is not None else (0.0, 0.0)
    quantization = tensor.quantization
    assert quantization is not None
    return WeightQuality(
        elements=tensor.elements,
        scales=len(quantization.scales),
        values=None if before is None else histogram(before, *ends),
        codes=_codes(codes, tensor),
        snr_db=None
        if before is None
        else snr_db(power(before), power(before - dequantized(codes, quantization))),
        outlier_ratio=_outlier_ratio(view, dequantized(codes, quantization), quantization),
    )


def constant(tensor: Tensor) -> Array:
    """Return the values of a constant in its shape."""
    import numpy as np

    data = tensor.data or b""
    if tensor.type != "int4":
        return np.frombuffer(data, np.dtype(tensor.type)).reshape(tensor.shape)
    packed = np.frombuffer(data, np.int8)
    both = np.stack([(packed << 4).astype(np.int8) >> 4, packed >> 4], axis=-1)
    return both.ravel()[: tensor.elements].reshape(tensor.shape)


def dequantized(codes: Array, quantization: Quantization) -> FloatArray:
    """Return the real values of `codes`, with a scale for all, or one for each channel along its axis."""
    import numpy as np

    shape = [1] * codes.ndim
    shape[quantization.axis if quantization.per_channel else 0] = -1 if quantization.per_channel else 1
    scales, zeros = np.asarray(quantization.scales), np.asarray(quantization.zero_points)
    return np.asarray(scales.reshape(shape) * (codes.astype(np.float64) - zeros.reshape(shape)))


def _is_weights(tensor: Tensor | None) -> bool:
    return (
        tensor is not None
        and tensor.is_constant
        and tensor.type in _CODE_TYPES
        and tensor.quantization is not None
        and tensor.elements > 0
    )


def _float_values(original: LayerView | None, place: int, like: Tensor) -> FloatArray | None:
    import numpy as np

    found = original.optional_input(place) if original else None
    if found is None or not found.is_constant or found.type != "float32" or found.shape != like.shape:
        return None
    return constant(found).astype(np.float64)


def _codes(codes: Array, tensor: Tensor) -> Histogram:
    return histogram(codes, -8, 8, 16) if tensor.type == "int4" else histogram(codes, *CODES)


def _outlier_ratio(view: LayerView, values: FloatArray, quantization: Quantization) -> float | None:
    """Return the largest channel over the median one; None where each channel has its scale."""
    import numpy as np

    if quantization.per_channel or values.ndim < 2:
        return None
    axis = values.ndim - 1 if view.layer.operator in _LAST_AXIS else 0
    widths = np.moveaxis(np.abs(values), axis, 0).reshape(values.shape[axis], -1).max(axis=1)
    outlier = widest(widths)
    return outlier[0] if outlier else None
