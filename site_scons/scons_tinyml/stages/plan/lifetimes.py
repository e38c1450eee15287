"""Lifetimes of the blocks of the arena.

Time is counted in layers: inputs of the network exist from -1 on, layer i runs at i, and the outputs are read
at the number of layers.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate

from scons_tinyml.stages.graph.ir import Graph, Layer
from scons_tinyml.stages.graph.operators import find_operator

ALIGNMENT_BYTES = 16
"""Alignment of blocks in the arena; the memory plan rounds sizes up to it."""


@dataclass(frozen=True)
class Block:
    """Bytes with a common lifetime from `first` to `last`, both included.

    `tensors` share them: they hold the same values, or one is computed over the other. A block without
    tensors is the scratch of layer `first`.
    """

    tensors: tuple[int, ...]
    first: int
    last: int
    size_bytes: int

    def meets(self, other: Block) -> bool:
        """Return True when both are needed at the same time."""
        return self.first <= other.last and other.first <= self.last


def alias_source(graph: Graph, layer: Layer) -> int | None:
    """Return the input tensor whose place the layer's output takes over without a call, or None.

    Constants and state have no place in the arena.
    """
    operator = find_operator(layer.operator)
    index = layer.inputs[0] if layer.inputs else None
    if operator is None or index is None or not operator.aliases(graph.view(layer)):
        return None
    source, target = graph.tensors[index], graph.tensors[layer.outputs[0]]
    return None if not source.is_activation or source.size_bytes != target.size_bytes else index


def blocks(
    graph: Graph,
    scratch_bytes: Mapping[int, int],
    alignment_bytes: int,
    in_place: Collection[int] = (),
) -> tuple[Block, ...]:
    """Return activations in the order of their first tensor, then scratch by layer; sizes are rounded up.

    Layers in `in_place` may overwrite an input that no later layer reads.
    """
    spans = _spans(graph)
    groups = _groups(graph, spans, in_place)
    activations = (
        Block(
            tensors=tuple(sorted(members)),
            first=min(spans[index][0] for index in members),
            last=max(spans[index][1] for index in members),
            size_bytes=round_up(graph.tensors[root].size_bytes, alignment_bytes),
        )
        for root, members in sorted(groups.items())
    )
    scratch = (
        Block((), layer, layer, round_up(size, alignment_bytes))
        for layer, size in sorted(scratch_bytes.items())
        if size
    )
    return (*activations, *scratch)


def _groups(
    graph: Graph, spans: Mapping[int, tuple[int, int]], in_place: Collection[int]
) -> dict[int, list[int]]:
    """Return tensors that share a place, by the first of them."""
    groups = {index: [index] for index in graph.inputs}
    owner = {index: index for index in graph.inputs}
    ends = {index: spans[index][1] for index in graph.inputs}

    def dies(index: int | None, layer: Layer) -> bool:
        return index in owner and ends[owner[index]] == layer.index

    for layer in graph.layers:
        source = alias_source(graph, layer)
        if source is None and layer.index in in_place:
            source = next((index for index in replaceable(graph, layer) if dies(index, layer)), None)
        for index in activations(graph, layer.outputs):
            owner[index] = index if source is None else owner[source]
            groups.setdefault(owner[index], []).append(index)
            ends[owner[index]] = max(ends.get(owner[index], -1), spans[index][1])
    return groups


def replaceable(graph: Graph, layer: Layer) -> tuple[int, ...]:
    """Return inputs, unused later, that the layer's only output could overwrite if its kernel allows it."""
    if len(layer.outputs) != 1 or graph.tensors[layer.outputs[0]].is_state:
        return ()
    target = graph.tensors[layer.outputs[0]]
    given = (graph.tensors[index] for index in layer.inputs if index is not None)
    return tuple(
        tensor.index
        for tensor in given
        if tensor.is_activation and (tensor.type, tensor.elements) == (target.type, target.elements)
    )


def live_bytes(parts: Sequence[Block]) -> dict[int, int]:
    """Return the bytes that are needed at each time, from the first one of `parts` to the last."""
    change: Counter[int] = Counter()
    for part in parts:
        change[part.first] += part.size_bytes
        change[part.last + 1] -= part.size_bytes
    times = range(min(change, default=0), max(change, default=0))
    return dict(zip(times, accumulate(change[time] for time in times), strict=True))


def lower_bound_bytes(parts: Sequence[Block]) -> int:
    """Return the most bytes that are needed at one time: no plan can be smaller."""
    return max(live_bytes(parts).values(), default=0)


def _spans(graph: Graph) -> dict[int, tuple[int, int]]:
    """Return first and last time of every activation, in the order of creation."""
    spans = dict.fromkeys(graph.inputs, (-1, -1))
    for layer in graph.layers:
        for index in layer.inputs:
            if index is not None and index in spans:
                spans[index] = (spans[index][0], layer.index)
        spans |= dict.fromkeys(activations(graph, layer.outputs), (layer.index, layer.index))
    end = len(graph.layers)
    return spans | {index: (spans[index][0], end) for index in graph.outputs}


def activations(graph: Graph, tensors: Iterable[int | None]) -> list[int]:
    """Return those of `tensors` that are in the arena."""
    return [index for index in tensors if index is not None and graph.tensors[index].is_activation]


def round_up(size: int, step: int) -> int:
    """Return the least multiple of `step` that is at least `size`."""
    return -(-size // step) * step
