"""Pass: merge TRANSPOSE layers that follow each other, and leave out pairs that undo each other.

Converters of networks with channels first put a pair of them around each convolution.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from scons_tinyml.stages.graph.families.tensors import integers
from scons_tinyml.stages.graph.ir import Graph, Layer, LayerView, Tensor, with_layers
from scons_tinyml.stages.graph.passes.base import Notes, Pass
from scons_tinyml.stages.graph.passes.layers import is_valid, listed, redirected, without_unread


def rewrite(graph: Graph) -> tuple[Graph, Notes]:
    """Let a TRANSPOSE read what the one before it read, in one permutation, and leave out what then nobody reads.

    Outputs stay equal: two permutations one after the other are one, and one that keeps all axes changes nothing.
    """
    tensors = list(graph.tensors)
    sources: dict[int, tuple[int, tuple[int, ...]]] = {}
    same: dict[int, int] = {}
    outputs = set(graph.outputs)
    layers: list[Layer] = []
    changed: list[Layer] = []
    for before in graph.layers:
        layer = redirected(before, same)
        order = _permutation(graph.view(layer))
        if order is None:
            layers.append(layer)
            continue
        first, output = layer.inputs[0], layer.outputs[0]
        assert first is not None  # as the layer is valid
        source, inner = sources.get(first, (first, tuple(range(len(order)))))
        whole = tuple(inner[axis] for axis in order)
        sources[output] = (source, whole)
        if whole == tuple(range(len(whole))) and output not in outputs:
            same[output] = source
            changed.append(before)
        elif source == first:
            layers.append(layer)
        else:
            tensors.append(_constant(len(tensors), whole))
            layers.append(replace(layer, inputs=(source, len(tensors) - 1)))
            changed.append(before)
    if not changed:
        return graph, ()
    note = f"each TRANSPOSE after another is merged with it or left out: {listed(changed)}"
    kept = without_unread(layers, graph.outputs, ["TRANSPOSE"])
    return with_layers(replace(graph, tensors=tuple(tensors)), kept), (note,)


def _permutation(view: LayerView) -> tuple[int, ...] | None:
    """Return the axes of a valid TRANSPOSE, None for any other layer."""
    if view.layer.operator != "TRANSPOSE" or not is_valid(view) or not view.input(0).is_activation:
        return None
    return tuple(integers(view.input(1)))


def _constant(index: int, order: Sequence[int]) -> Tensor:
    data = b"".join(axis.to_bytes(4, "little") for axis in order)
    return Tensor(index, "permutation", (len(order),), "int32", data=data, file_index=-1)


PASS = Pass("merge_transposes", rewrite)
