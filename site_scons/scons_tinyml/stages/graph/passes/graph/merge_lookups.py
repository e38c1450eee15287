"""Pass: make one table of layers that are functions of the same int8 value.

SiLU is x * LOGISTIC(x), and a HARD_SWISH that a converter did not see is x * RELU6(x + 3) / 6. Both depend on one
value: one lookup takes the place of two to four layers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from struct import pack

from scons_tinyml.stages.graph.byte_functions import (
    BYTES,
    ByteFunction,
    Table,
    byte_function,
    pair_function,
)
from scons_tinyml.stages.graph.ir import Graph, Layer, LayerView, Tensor, with_layers
from scons_tinyml.stages.graph.operators import find_operator
from scons_tinyml.stages.graph.passes.base import Notes, Pass
from scons_tinyml.stages.graph.passes.layers import is_valid, listed

_OPERATOR = "LOOKUP"
_WORTH_A_TABLE = 3
"""Layers whose parameters and calls take about as much flash as a table of 256 bytes."""


def rewrite(graph: Graph) -> tuple[Graph, Notes]:
    """Compute layers of int8 that follow from one value by one LOOKUP of it, and leave those between out.

    Outputs stay equal: the table has what the layers one after the other make of each of the 256 integers, by the
    arithmetic of the oracles. A layer stays as it is if nothing is left out for it, and so do two layers
    such as RELU and QUANTIZE, whose parameters are smaller than a table.
    """
    chains = _chains(graph)
    merged = {layer: chain for layer, chain in chains.items() if chain.is_worth_a_table}
    kept, gone = _kept(graph, chains, merged)
    merged = {layer: chain for layer, chain in merged.items() if layer in kept and chain.between & gone}
    if not merged:
        return graph, ()
    tensors, layers = list(graph.tensors), []
    for layer in graph.layers:
        if layer.index in merged:
            layers.append(_lookup(layer, merged[layer.index], tensors))
        elif layer.index in kept:
            layers.append(layer)
    into = [graph.layers[index] for index in merged]
    return with_layers(replace(graph, tensors=tuple(tensors)), layers), (
        f"layers that are functions of one value are one table: {listed([graph.layers[i] for i in sorted(gone)])} "
        f"in that of {listed(into)}",
    )


@dataclass(frozen=True)
class _Chain:
    """Computation of a layer as a function of the tensor `source`."""

    source: int
    results: Table
    between: frozenset[int]
    """Layers from `source` up to this one."""
    layers: int
    """Their number and this one."""
    is_large: bool
    """True if one of them has a table of its own, or two inputs, whose parameters take as much flash."""

    @property
    def is_worth_a_table(self) -> bool:
        return self.layers > 1 and (self.is_large or self.layers >= _WORTH_A_TABLE)


def _chains(graph: Graph) -> dict[int, _Chain]:
    """Return the functions of one value, by layer."""
    found: dict[int, _Chain] = {}
    by_tensor: dict[int, tuple[int, _Chain]] = {}
    for view in graph.views():
        chain = _chain(view, by_tensor) if is_valid(view) else None
        if chain is not None:
            found[view.layer.index] = chain
            by_tensor[view.layer.outputs[0]] = view.layer.index, chain
    return found


def _chain(view: LayerView, known: Mapping[int, tuple[int, _Chain]]) -> _Chain | None:
    function = byte_function(view)
    if isinstance(function, ByteFunction):
        source = view.input(function.position)
        before = _before(source, known)
        if source.shape != view.output().shape:
            return None
        operator = find_operator(view.layer.operator)
        is_large = operator is not None and (
            operator.computation(view) == _OPERATOR or len(view.layer.inputs) > 1
        )
        results = tuple(function.results[value] for value in before.results)
        return _joined(results, is_large, before)
    pair = pair_function(view)
    if pair is None or not all(_is_whole(view, position) for position in (0, 1)):
        return None
    first, second = (_before(view.input(position), known) for position in (0, 1))
    if first.source != second.source:
        return None
    return _joined(tuple(map(pair, first.results, second.results)), True, first, second)


def _is_whole(view: LayerView, position: int) -> bool:
    tensor = view.input(position)
    return tensor.is_activation and tensor.shape == view.output().shape


def _before(tensor: Tensor, known: Mapping[int, tuple[int, _Chain]]) -> _Chain:
    """Return the chain whose result is `tensor`, with its layer among those between; the tensor itself without one."""
    if tensor.index not in known:
        return _Chain(tensor.index, BYTES, frozenset(), 0, is_large=False)
    layer, chain = known[tensor.index]
    return replace(chain, between=chain.between | {layer})


def _joined(results: Table, is_large: bool, *before: _Chain) -> _Chain:
    between = frozenset().union(*(one.between for one in before))
    return _Chain(
        before[0].source,
        results,
        between,
        len(between) + 1,
        is_large or any(one.is_large for one in before),
    )


def _kept(
    graph: Graph, chains: Mapping[int, _Chain], merged: Mapping[int, _Chain]
) -> tuple[set[int], set[int]]:
    """Return the layers that stay if all of `merged` become lookups, and those that then nothing needs."""
    needed = set(graph.outputs)
    kept: set[int] = set()
    for layer in reversed(graph.layers):
        if layer.index in chains and not needed.intersection(layer.outputs):
            continue
        kept.add(layer.index)
        chain = merged.get(layer.index)
        needed.update(index for index in ((chain.source,) if chain else layer.inputs) if index is not None)
    return kept, {layer.index for layer in graph.layers} - kept


def _lookup(layer: Layer, chain: _Chain, tensors: list[Tensor]) -> Layer:
    """Return the LOOKUP in the place of `layer`, with its table as one more tensor."""
    data = pack(f"{len(BYTES)}b", *chain.results)
    tensors.append(Tensor(len(tensors), "table", (len(BYTES),), "int8", data=data, file_index=-1))
    return replace(layer, operator=_OPERATOR, inputs=(chain.source, len(tensors) - 1), options={})


PASS = Pass("merge_lookups", rewrite)
