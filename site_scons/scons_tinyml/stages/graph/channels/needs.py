"""Channels of int8 activations that anything needs, from the outputs back.

A convolution needs no channel that is the same for every input, as its bias can have the effect, and none that all of
its weights ignore. A depthwise layer or a pool needs the channels that its output needs.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from scons_tinyml.stages.graph.channels.moves import sources_of
from scons_tinyml.stages.graph.channels.products import Bounds, Products
from scons_tinyml.stages.graph.families.quantization.fixed_point import INT32_MAX
from scons_tinyml.stages.graph.ir import Graph, LayerView

MULTIPLE = 4
"""Kernels take four channels at once, so as many are kept, if there are."""

Needs = dict[int, NDArray[np.bool_]]


def needed_channels(
    graph: Graph, products: Mapping[int, Products], ranges: Mapping[int, Bounds]
) -> Mapping[int, NDArray[np.bool_]]:
    """Return for each tensor of `ranges` which channels have to be computed, at least one."""
    needs: Needs = {tensor: np.zeros(len(low), np.bool_) for tensor, (low, _) in ranges.items()}
    views = [graph.view(layer) for layer in reversed(graph.layers)]
    sources = {view.layer.index: _sources(view, products) for view in views}
    for index in (*graph.inputs, *graph.outputs):
        if index in needs:
            needs[index][:] = True
    for view in views:
        if view.layer.index not in products and sources[view.layer.index] is None:
            _need_all(view, needs)
    while True:
        before = {tensor: need.sum() for tensor, need in needs.items()}
        for view in views:
            _add(view, products.get(view.layer.index), sources[view.layer.index], ranges, needs)
        is_stable = before == {tensor: need.sum() for tensor, need in needs.items()}
        if is_stable and not any(_fill(needs[graph.layers[index].outputs[0]]) for index in products):
            return needs


def foldable(product: Products, low: NDArray[np.int64], high: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return which inputs can be part of the bias: those of one value, at the edge too."""
    constant = low == high
    if product.is_padded:
        constant &= low == product.zero_point
    effect = np.abs(product.weights * (low - product.zero_point)).sum(1)
    if not product.has_bias:
        constant &= ~effect.any(0)
    fits = np.abs(product.bias) + (effect * constant).sum(1) <= INT32_MAX
    return constant if fits.all() else np.zeros_like(constant)


def _sources(view: LayerView, products: Mapping[int, Products]) -> NDArray[np.intp] | None:
    """Return the input channel of each output channel of a layer that keeps them apart."""
    product = products.get(view.layer.index)
    if product is None:
        return sources_of(view)
    if not product.is_depthwise:
        return None
    each = product.channels // view.input(0).shape[-1]
    return np.arange(product.channels) // each


def _need_all(view: LayerView, needs: Needs) -> None:
    for index in (*view.layer.inputs, *view.layer.outputs):
        if index in needs:
            needs[index][:] = True


def _add(
    view: LayerView,
    product: Products | None,
    sources: NDArray[np.intp] | None,
    ranges: Mapping[int, Bounds],
    needs: Needs,
) -> None:
    """Add what the layer needs of its input, and of its output where both have the same channels."""
    source, output = view.layer.inputs[0], view.layer.outputs[0]
    if source not in needs or output not in needs:
        _need_all(view, needs)
    elif sources is not None:
        np.logical_or.at(needs[source], sources, needs[output])
        needs[output] |= needs[source][sources]
    elif product is not None:
        used = (product.weights[needs[output]] != 0).any((0, 1))
        needs[source] |= used & ~foldable(product, *ranges[source])


def _fill(need: NDArray[np.bool_]) -> bool:
    """Add channels up to a multiple of four; return whether any was added."""
    count = int(need.sum())
    wanted = min(len(need), max(1, -(-count // MULTIPLE)) * MULTIPLE)
    need[np.flatnonzero(~need)[: wanted - count]] = True
    return wanted > count
