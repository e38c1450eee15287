"""Regions of a network that can run patch by patch: layers in a row with one image before and one after them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from scons_tinyml.stages.graph.ir import Graph, Layer, LayerView, with_layers
from scons_tinyml.stages.graph.operators import find_operator

PATCH = "_patch_"
"""Part of the name of a layer in patches, after that of the whole layer and before the number of the patch."""


@dataclass(frozen=True)
class Region:
    """Layers from `first` to `last`, both included: they read the image `source` and make the image `target`."""

    first: int
    last: int
    source: int
    target: int


def regions(graph: Graph, layer: int) -> Iterator[Region]:
    """Yield the regions of at least two layers of a valid network that `layer` is part of."""
    first = layer
    while first >= 0 and takes_patches(graph.view(graph.layers[first])):
        yield from _from(graph, first, max(layer, first + 1))
        first -= 1


def takes_patches(view: LayerView) -> bool:
    """Return True for a layer that computes rows of one image from rows of images."""
    operator = find_operator(view.layer.operator)
    if operator is None or len(view.layer.outputs) != 1 or operator.image_window(view) is None:
        return False
    used = [*activation_inputs(view.graph, view.layer), *view.layer.outputs]
    images = [view.graph.tensors[index] for index in used]
    return all(
        image.is_activation
        and image.file_rows is None
        and len(image.shape) == len("NHWC")
        and image.shape[0] == 1
        for image in images
    )


def alone(graph: Graph, region: Region) -> Graph:
    """Return the network of the layers of `region`, which keeps its source if anything else reads it."""
    layers = graph.layers[region.first : region.last + 1]
    later = {index for layer in graph.layers[region.last + 1 :] for index in layer.inputs} | {*graph.outputs}
    kept = (region.source,) if region.source in later else ()
    return with_layers(replace(graph, inputs=(region.source,), outputs=(region.target, *kept)), layers)


def patched_layers(graph: Graph) -> tuple[str, ...]:
    """Return the names of layers that run in patches, in the order of execution."""
    parts = (layer for layer in graph.layers if graph.tensors[layer.outputs[0]].file_rows is not None)
    return tuple(dict.fromkeys(layer.name.rpartition(PATCH)[0] for layer in parts))


def activation_inputs(graph: Graph, layer: Layer) -> list[int]:
    """Return the inputs of `layer` that are computed or given in each inference."""
    return [index for index in layer.inputs if index is not None and not graph.tensors[index].is_constant]


def _from(graph: Graph, first: int, last: int) -> Iterator[Region]:
    """Yield the regions from the layer `first` to the layer `last` or a later one."""
    made: set[int] = set()
    sources: set[int] = set()
    for layer in graph.layers[first:]:
        if not takes_patches(graph.view(layer)):
            return
        sources.update(index for index in activation_inputs(graph, layer) if index not in made)
        if len(sources) != 1:
            return
        made.update(layer.outputs)
        if layer.index >= last and made.isdisjoint(_read_outside(graph, first, layer)):
            yield Region(first, layer.index, next(iter(sources)), layer.outputs[0])


def _read_outside(graph: Graph, first: int, last: Layer) -> set[int]:
    """Return tensors that other layers or the caller read, without the output of `last`."""
    outside = (layer for layer in graph.layers if not first <= layer.index <= last.index)
    read = {index for layer in outside for index in layer.inputs if index is not None}
    return (read | set(graph.outputs)) - set(last.outputs)
