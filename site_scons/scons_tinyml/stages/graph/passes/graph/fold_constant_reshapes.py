"""Pass: remove layers that only reshape a constant; their outputs become constants too.

Converters write them for weights and offsets that a network needs under several shapes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from scons_tinyml.stages.graph.ir import Graph, Layer, LayerView, with_layers
from scons_tinyml.stages.graph.operators import find_operator
from scons_tinyml.stages.graph.passes.base import Notes, Pass
from scons_tinyml.stages.graph.passes.layers import is_valid


def rewrite(graph: Graph) -> tuple[Graph, Notes]:
    """Remove such layers, and make their outputs constants of the same bytes.

    Outputs stay equal: an operator that is `layout_only` leaves the bytes of its input unchanged. Layers whose output
    the network puts out stay. Names of layers keep the numbers of the file.
    """
    data = {tensor.index: tensor.data for tensor in graph.tensors if tensor.data is not None}
    ports = {*graph.inputs, *graph.outputs}
    kept: list[Layer] = []
    for layer in graph.layers:
        if layer.outputs[:1] and layer.outputs[0] not in ports and _is_constant(graph.view(layer), data):
            data[layer.outputs[0]] = data[layer.inputs[0] or 0]
        else:
            kept.append(layer)
    removed = len(graph.layers) - len(kept)
    if not kept or not removed:
        return graph, ()
    tensors = tuple(replace(tensor, data=data.get(tensor.index)) for tensor in graph.tensors)
    note = f"{removed} layers that only give a constant another shape are left out"
    return with_layers(replace(graph, tensors=tensors), kept), (note,)


def _is_constant(view: LayerView, data: Mapping[int, bytes]) -> bool:
    """Return True for a valid layer whose output is its first input, one of `data`, under another shape."""
    operator, source = find_operator(view.layer.operator), view.optional_input(0)
    if operator is None or not operator.layout_only or source is None or source.index not in data:
        return False
    return is_valid(view) and source.type == view.output().type


PASS = Pass("fold_constant_reshapes", rewrite)
