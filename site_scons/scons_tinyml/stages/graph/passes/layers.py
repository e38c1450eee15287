"""Layers as passes over the graph handle them: valid ones, redirected ones, unread ones, and their names in notes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

from scons_tinyml.stages.graph.ir import Graph, Layer, LayerView
from scons_tinyml.stages.graph.operators import find_operator

_SHOWN = 5


def listed(layers: Sequence[Layer]) -> str:
    """Return 'layer 3 (pad_3), 7 (pad_7)', at most five of them, and how many more there are."""
    names = ", ".join(f"{layer.index} ({layer.name})" for layer in layers[:_SHOWN])
    more = f" and {len(layers) - _SHOWN} more" if len(layers) > _SHOWN else ""
    return f"layer{'s' * (len(layers) > 1)} {names}{more}"


def is_valid(view: LayerView) -> bool:
    """Return True for a layer of a known operator without a problem; a later check reports those of others."""
    operator = find_operator(view.layer.operator)
    try:
        return operator is not None and not operator.check(view)
    except LookupError:
        return False


def reader_counts(graph: Graph) -> Counter[int]:
    """Return how often each tensor is read by layers, or is an output of the network."""
    read = (index for layer in graph.layers for index in layer.inputs if index is not None)
    return Counter((*read, *graph.outputs))


def redirected(layer: Layer, same: Mapping[int, int]) -> Layer:
    """Return `layer` with the tensors that `same` names in place of its inputs; other inputs stay."""
    inputs = tuple(None if index is None else same.get(index, index) for index in layer.inputs)
    return replace(layer, inputs=inputs)


def without_unread(layers: Sequence[Layer], outputs: Sequence[int], operators: Sequence[str]) -> list[Layer]:
    """Return `layers` in order, without those of `operators` whose outputs nothing reads any more."""
    needed = set(outputs)
    kept: list[Layer] = []
    for layer in reversed(layers):
        if layer.operator not in operators or needed.intersection(layer.outputs):
            needed.update(index for index in layer.inputs if index is not None)
            kept.append(layer)
    return kept[::-1]
