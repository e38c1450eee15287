"""The values that each channel of an int8 activation can have, by interval arithmetic from the inputs on."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from scons_tinyml.stages.graph.channels.moves import sources_of
from scons_tinyml.stages.graph.channels.products import Bounds, Products
from scons_tinyml.stages.graph.ir import Graph, LayerView, Tensor

_INT8 = (-128, 127)


def channel_ranges(graph: Graph, products: Mapping[int, Products]) -> dict[int, Bounds]:
    """Return the bounds of each int8 activation by tensor; inputs, and what is not understood, can be anything.

    `products` are those of layers, by index.
    """
    found: dict[int, Bounds] = {}
    for tensor in graph.tensors:
        if tensor.type == "int8" and tensor.is_activation and tensor.shape:
            found[tensor.index] = _anything(tensor)
    for view in graph.views():
        bounds = _bounds(view, products, found)
        if bounds is not None:
            found[view.layer.outputs[0]] = bounds
    return found


def _bounds(view: LayerView, products: Mapping[int, Products], found: Mapping[int, Bounds]) -> Bounds | None:
    if (product := products.get(view.layer.index)) is not None:
        source = view.input(0).index
        return product.outputs(*found[source]) if source in found else None
    if (sources := sources_of(view)) is not None:
        low, high = found[view.input(0).index]
        return low[sources], high[sources]
    return None


def _anything(tensor: Tensor) -> Bounds:
    channels = tensor.shape[-1]
    return np.full(channels, _INT8[0], np.int64), np.full(channels, _INT8[1], np.int64)
