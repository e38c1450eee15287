"""Layers of float32 with constant weights, as generators need them."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from _convolution import Convolution
from _float_walk import FloatLayer
from _weighted import constants_of

from scons_tinyml.stages.graph.families.quantization.activation import float_range
from scons_tinyml.stages.graph.ir import LayerView
from scons_tinyml.stages.lowering.arguments import known_operator
from scons_tinyml.stages.lowering.core import Core


def float_layer(view: LayerView, core: Core) -> FloatLayer | str:
    """Return the float32 CONV_2D, DEPTHWISE_CONV_2D or FULLY_CONNECTED layer of `view`, or why none is generated."""
    operator = known_operator(view)
    if "fpu" not in core.features:
        return "needs an FPU, which the core does not have"
    found = constants_of(view, np.float32, np.float32)
    if isinstance(found, str):
        return found
    matrix, bias = found
    attributes = operator.attributes(view)
    if operator.computation(view) == "FULLY_CONNECTED":
        made = Convolution.of_rows(attributes["rows"], matrix.shape[1], len(bias), 0)
    else:
        made = _convolution(attributes)
    return FloatLayer(made, matrix, bias, float_range(view))


def _convolution(attributes: Mapping[str, int]) -> Convolution:
    """Return the shapes; all pixels of a 1x1 filter are one row of pixels."""
    made = Convolution.of({"groups": 1} | dict(attributes), 0)
    shapes = (made.filter_rows, made.filter_columns, made.stride_rows, made.stride_columns, made.groups)
    if shapes == (1, 1, 1, 1, 1) and (made.rows, made.columns) == (made.height, made.width):
        return Convolution.of_rows(made.rows * made.columns, made.depth, made.channels, 0)
    return made
