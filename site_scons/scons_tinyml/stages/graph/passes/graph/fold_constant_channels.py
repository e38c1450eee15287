"""Pass: leave out channels that are the same for every input, and those that nothing needs.

Batch normalization and RELU6 of small networks often end in channels whose outputs are always the lower limit: of 128
channels of a layer of the visual wake words network, 22 depend on the image.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from scons_tinyml.stages.graph.channels.needs import needed_channels
from scons_tinyml.stages.graph.channels.products import Products, products_of
from scons_tinyml.stages.graph.channels.ranges import channel_ranges
from scons_tinyml.stages.graph.ir import Graph, Layer, Quantization, Tensor, with_layers
from scons_tinyml.stages.graph.operators import find_operator
from scons_tinyml.stages.graph.passes.base import Notes, Pass
from scons_tinyml.stages.graph.passes.layers import is_valid

_SHOWN = 5

Kept = Mapping[int, NDArray[np.intp]]
"""Channels that stay, of each tensor that loses some."""


def rewrite(graph: Graph) -> tuple[Graph, Notes]:
    """Leave out channels that no output depends on, as interval arithmetic over all int8 inputs proves.

    Outputs stay equal: a channel of one value goes into the bias of the convolutions that read it. Where windows reach
    over the edge, that is right for the zero point alone, and other channels stay. So many stay that there are
    multiples of four. A network that is not valid stays as it is.
    """
    if not all(is_valid(view) for view in graph.views()):
        return graph, ()
    products = {view.layer.index: found for view in graph.views() if (found := products_of(view)) is not None}
    if not products:
        return graph, ()
    ranges = channel_ranges(graph, products)
    needs = needed_channels(graph, products, ranges)
    kept = {tensor: np.flatnonzero(need) for tensor, need in needs.items() if not need.all()}
    if not kept:
        return graph, ()
    values = {tensor: low for tensor, (low, _) in ranges.items()}
    made = _Rewriting(graph, products, kept, values).graph()
    return made, (_note(graph, made, products, kept),)


@dataclass
class _Rewriting:
    network: Graph
    products: Mapping[int, Products]
    kept: Kept
    values: Mapping[int, NDArray[np.int64]]
    """The value of each channel of one value, by tensor."""

    def graph(self) -> Graph:
        """Return the network without the channels."""
        self.tensors = [self._activation(tensor) for tensor in self.network.tensors]
        layers = [self._layer(layer) for layer in self.network.layers]
        return with_layers(replace(self.network, tensors=tuple(self.tensors)), layers)

    def _activation(self, tensor: Tensor) -> Tensor:
        channels = self.kept.get(tensor.index)
        if channels is None:
            return tensor
        held = tuple(int(channel) for channel in channels)
        return replace(tensor, shape=(*tensor.shape[:-1], len(held)), file_channels=held)

    def _layer(self, layer: Layer) -> Layer:
        source, output = (
            layer.inputs[0] if layer.inputs else None,
            layer.outputs[0] if layer.outputs else None,
        )
        if source not in self.kept and output not in self.kept:
            return layer
        if layer.index in self.products:
            return self._convolution(layer)
        if layer.operator != "RESHAPE":
            return layer
        shape = self.tensors[layer.outputs[0]].shape
        return replace(layer, inputs=layer.inputs[:1], options={**layer.options, "new_shape": shape})

    def _convolution(self, layer: Layer) -> Layer:
        """Return the layer with the weights and the bias of the channels that stay."""
        product, source, output = self.products[layer.index], layer.inputs[0], layer.outputs[0]
        assert source is not None
        weights, bias = product.weights, product.bias.copy()
        if not product.is_depthwise and source in self.kept:
            gone = np.setdiff1d(np.arange(weights.shape[-1]), self.kept[source])
            inputs = self.values[source][gone] - product.zero_point
            bias += (weights[:, :, gone] * inputs).sum((1, 2))
            weights = weights[:, :, self.kept[source]]
        rows = self.kept.get(output, np.arange(product.channels))
        found = self.network.tensors
        index, axis = layer.inputs[1], 3 if product.is_depthwise else 0
        assert index is not None
        shape = self._filter_shape(
            found[index], len(rows), weights.shape[-1], is_depthwise=product.is_depthwise
        )
        data = weights[rows]
        values = (data[:, :, 0].T if product.is_depthwise else data).astype(np.int8).tobytes()
        filters = self._add(_sliced(found[index], rows, axis), shape, values)
        inputs_now = [source, filters]
        if product.has_bias:
            old = layer.inputs[2]
            assert old is not None
            inputs_now.append(
                self._add(_sliced(found[old], rows, 0), (len(rows),), bias[rows].astype("<i4").tobytes())
            )
        return replace(layer, inputs=tuple(inputs_now))

    @staticmethod
    def _filter_shape(tensor: Tensor, rows: int, inputs: int, *, is_depthwise: bool) -> tuple[int, ...]:
        return (*tensor.shape[:-1], rows) if is_depthwise else (rows, *tensor.shape[1:-1], inputs)

    def _add(self, tensor: Tensor, shape: tuple[int, ...], data: bytes) -> int:
        index = len(self.tensors)
        self.tensors.append(replace(tensor, index=index, shape=shape, data=data))
        return index


def _sliced(tensor: Tensor, channels: NDArray[np.intp], axis: int) -> Tensor:
    """Return `tensor` with the scales of `channels`, which run along `axis`."""
    found = tensor.quantization
    if found is None or not found.per_channel:
        return tensor
    scales = tuple(found.scales[channel] for channel in channels)
    zero_points = found.zero_points
    if len(zero_points) > 1:
        zero_points = tuple(zero_points[channel] for channel in channels)
    return replace(tensor, quantization=Quantization(scales, zero_points, axis))


def _note(graph: Graph, made: Graph, products: Mapping[int, Products], kept: Kept) -> str:
    """Return which layers lose how many channels, and what that saves."""
    losing = [graph.layers[index] for index in sorted(products) if graph.layers[index].outputs[0] in kept]
    return (
        "channels that are the same for every input, or not needed, are left out, their effect is in the next bias: "
        f"{_listed(graph, losing, kept)}; {_macs(graph):,} multiply-accumulates become {_macs(made):,}, "
        f"{_constant_bytes(graph):,} bytes of constants {_constant_bytes(made):,}"
    )


def _listed(graph: Graph, layers: Sequence[Layer], kept: Kept) -> str:
    shown = ", ".join(
        f"{graph.tensors[layer.outputs[0]].shape[-1] - len(kept[layer.outputs[0]])} of "
        f"{graph.tensors[layer.outputs[0]].shape[-1]} of layer {layer.index} ({layer.name})"
        for layer in layers[:_SHOWN]
    )
    more = len(layers) - _SHOWN
    return f"{shown} and some of {more} more" if more > 0 else shown


def _macs(graph: Graph) -> int:
    found = ((find_operator(view.layer.operator), view) for view in graph.views())
    return sum(operator.macs(view) for operator, view in found if operator is not None)


def _constant_bytes(graph: Graph) -> int:
    return sum(tensor.size_bytes for tensor in graph.tensors if tensor.is_constant)


PASS = Pass("fold_constant_channels", rewrite)
