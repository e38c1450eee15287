"""Layers that only give a constant another shape: their outputs are constants too, and nothing is left to run.

Converters write them for weights and offsets that a network needs under several shapes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from scons_tinyml.stages.graph.ir import Graph, Layer, LayerView, renumbered
from scons_tinyml.stages.graph.operators import find_operator


def without_constant_layouts(graph: Graph) -> Graph:
    """`graph` without such layers and what only they read, except where the network gives their output away.

    Names keep the numbers that layers have in the file.
    """
    data = {tensor.index: tensor.data for tensor in graph.tensors if tensor.data is not None}
    kept: list[Layer] = []
    for layer in graph.layers:
        if _is_constant(graph.view(layer), data):
            data[layer.outputs[0]] = data[layer.inputs[0] or 0]
        else:
            kept.append(replace(layer, index=len(kept)))
    return _with_layers(graph, kept, data) if 0 < len(kept) < len(graph.layers) else graph


def _is_constant(view: LayerView, data: Mapping[int, bytes]) -> bool:
    """Its output is the first input under another shape, and that is one of `data`; nothing is wrong with it."""
    operator, source = find_operator(view.layer.operator), view.optional_input(0)
    if operator is None or not operator.layout_only or source is None or source.index not in data:
        return False
    try:
        problems = operator.check(view)
    except LookupError:
        return False
    target = view.output()
    return (
        not problems
        and source.type == target.type
        and target.index not in (*view.graph.inputs, *view.graph.outputs)
    )


def _with_layers(graph: Graph, layers: list[Layer], data: Mapping[int, bytes]) -> Graph:
    read = {index for layer in layers for index in (*layer.inputs, *layer.outputs)}
    read |= {*graph.inputs, *graph.outputs}
    tensors = (
        replace(tensor, data=data.get(tensor.index)) for tensor in graph.tensors if tensor.index in read
    )
    return renumbered(replace(graph, tensors=tuple(tensors), layers=tuple(layers)))
