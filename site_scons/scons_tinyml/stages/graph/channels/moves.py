"""Layers that keep channels apart: each output channel comes from one input channel."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from scons_tinyml.stages.graph.families.quantization.activation import quantized_range
from scons_tinyml.stages.graph.families.quantization.scales import INT8_MAX, INT8_MIN
from scons_tinyml.stages.graph.ir import LayerView

_POOLS = ("AVERAGE_POOL_2D", "MAX_POOL_2D")


def sources_of(view: LayerView) -> NDArray[np.intp] | None:
    """Return the input channel of each output channel of a valid layer, None where channels are mixed or changed.

    A pool without activation gives values between the least and the largest of its window. RESHAPE keeps the order of
    values: a last axis that is longer repeats the channels, for each pixel.
    """
    if view.layer.operator not in (*_POOLS, "RESHAPE"):
        return None
    source, output = view.input(0), view.output()
    if source.type != "int8" or not source.is_activation or not source.shape or not output.shape:
        return None
    channels, wide = source.shape[-1], output.shape[-1]
    if view.layer.operator != "RESHAPE":
        return np.arange(wide) if quantized_range(view) == (INT8_MIN, INT8_MAX) else None
    return np.arange(wide) % channels if channels and wide % channels == 0 else None
