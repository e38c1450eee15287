"""Layers of float32 with constant weights, as generators need them."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from _convolution import Convolution
from _float_walk import FloatLayer

from scons_tinyml.stages.graph.families.quantization.activation import float_range
from scons_tinyml.stages.graph.ir import LayerView
from scons_tinyml.stages.lowering.arguments import known_operator
from scons_tinyml.stages.lowering.core import Core


def float_layer(view: LayerView, core: Core) -> FloatLayer | str:
    """Return the float32 CONV_2D, DEPTHWISE_CONV_2D or FULLY_CONNECTED layer of `view`, or why none is generated."""
    operator = known_operator(view)
    if "fpu" not in core.features:
        return "needs an FPU, which the core does not have"
    weights, bias = view.input(1), view.optional_input(2)
    if not weights.is_constant or (bias is not None and not bias.is_constant):
        return "needs weights and bias that are constant"
    values = np.frombuffer(weights.data or b"", np.float32)
    is_depthwise = operator.computation(view) == "DEPTHWISE_CONV_2D"
    channels = weights.shape[-1] if is_depthwise else weights.shape[0]
    matrix = values.reshape(-1, channels).T if is_depthwise else values.reshape(channels, -1)
    numbers = np.zeros(channels, np.float32) if bias is None else np.frombuffer(bias.data or b"", np.float32)
    attributes = operator.attributes(view)
    if operator.computation(view) == "FULLY_CONNECTED":
        made = _pixels(attributes["rows"], matrix.shape[1], channels)
    else:
        made = _convolution(attributes)
    return FloatLayer(made, matrix, numbers, float_range(view))


def _convolution(attributes: Mapping[str, int]) -> Convolution:
    """Return the shapes; all pixels of a 1x1 filter are one row of pixels."""
    made = Convolution.of({"groups": 1} | dict(attributes), 0)
    shapes = (made.filter_rows, made.filter_columns, made.stride_rows, made.stride_columns, made.groups)
    if shapes == (1, 1, 1, 1, 1) and (made.rows, made.columns) == (made.height, made.width):
        return _pixels(made.rows * made.columns, made.depth, made.channels)
    return made


def _pixels(pixels: int, depth: int, channels: int) -> Convolution:
    """Return a 1x1 filter on a row of pixels."""
    shapes = {
        "height": 1,
        "width": pixels,
        "depth": depth,
        "rows": 1,
        "columns": pixels,
        "channels": channels,
    }
    ones = (
        "filter_rows",
        "filter_columns",
        "stride_rows",
        "stride_columns",
        "dilation_rows",
        "dilation_columns",
    )
    return Convolution(**shapes, **dict.fromkeys(ones, 1), top=0, left=0, groups=1, zero_point=0)
