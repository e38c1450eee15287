"""Lifetimes of the blocks of the arena.

Time is counted in layers: inputs of the network exist from -1 on, layer i runs at i, and the outputs are read
at the number of layers.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

from scons_tinyml.stages.graph.ir import Graph, Layer
from scons_tinyml.stages.graph.operators import find_operator
from scons_tinyml.stages.graph.parts import parts_of

ALIGNMENT_BYTES = 16
"""Alignment of blocks in the arena; the memory plan rounds sizes up to it."""


@dataclass(frozen=True)
class Block:
    """Bytes with a common lifetime from `first` to `last`, both included.

    `tensors` share them: they hold the same values, or one is computed over the other. A block without
    tensors is the scratch of layer `first`. An image that patches make or read is several blocks side by side, as its
    rows live for different times.
    """

    tensors: tuple[int, ...]
    first: int
    last: int
    size_bytes: int
    offset_bytes: int = 0
    """Distance from the first of the blocks side by side; 0 for the first of them, and for a block alone."""

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
        block
        for _, members in sorted(groups.items())
        for block in _side_by_side(graph, spans, members, alignment_bytes)
    )
    scratch = (
        Block((), layer, layer, round_up(size, alignment_bytes))
        for layer, size in sorted(scratch_bytes.items())
        if size
    )
    return (*activations, *scratch)


def _side_by_side(
    graph: Graph, spans: Mapping[int, tuple[int, int]], members: Collection[int], alignment_bytes: int
) -> Iterator[Block]:
    """Yield the blocks of `members`, which share a place: one, or one for each run of bytes with its own lifetime."""
    extents: dict[int, tuple[int, int]] = {}
    for index in sorted(members):
        start = graph.offset_bytes(index)
        extents[index] = start, start + round_up(graph.tensors[index].size_bytes, alignment_bytes)
    for low, high in pairwise(sorted({cut for extent in extents.values() for cut in extent})):
        run = tuple(index for index, (start, end) in extents.items() if start <= low and high <= end)
        first, last = min(spans[index][0] for index in run), max(spans[index][1] for index in run)
        yield Block(run, first, last, high - low, low)


def _groups(
    graph: Graph, spans: Mapping[int, tuple[int, int]], in_place: Collection[int]
) -> dict[int, list[int]]:
    """Return tensors that share a place, by the first of them."""
    groups: dict[int, list[int]] = {}
    owner: dict[int, int] = {}
    ends: dict[int, int] = {}
    parts = parts_of(graph)

    def place(index: int, source: int | None) -> None:
        """Let `index`, with its parts, take the place of `source`, or one of its own."""
        if index in owner:
            return
        owner[index] = index if source is None else owner[source]
        together = [one for one in (index, *parts.get(index, ())) if one in spans]
        groups.setdefault(owner[index], []).extend(together)
        owner.update(dict.fromkeys(together, owner[index]))
        ends[owner[index]] = max(ends.get(owner[index], -1), *(spans[one][1] for one in together))

    def dies(index: int | None, layer: Layer) -> bool:
        return index in owner and ends[owner[index]] == layer.index

    for index in graph.inputs:
        place(index, None)
    for layer in graph.layers:
        source = alias_source(graph, layer)
        if source is None and layer.index in in_place:
            source = next((index for index in replaceable(graph, layer) if dies(index, layer)), None)
        for index in activations(graph, layer.outputs):
            place(graph.holder(index).index, source)
    return groups


def replaceable(graph: Graph, layer: Layer) -> tuple[int, ...]:
    """Return inputs, unused later, that the layer's only output could overwrite if its kernel allows it."""
    target = graph.tensors[layer.outputs[0]]
    if len(layer.outputs) != 1 or target.is_state or target.part_of is not None:
        return ()
    given = (graph.tensors[index] for index in layer.inputs if index is not None)
    return tuple(
        tensor.index
        for tensor in given
        if tensor.is_activation
        and tensor.part_of is None
        and (tensor.type, tensor.elements) == (target.type, target.elements)
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
    """Return first and last time of every activation, in the order of creation.

    An image that is made in parts exists from the last of them on.
    """
    spans = dict.fromkeys(graph.inputs, (-1, -1))
    for layer in graph.layers:
        for index in activations(graph, layer.inputs):
            known = spans.get(index, spans.get(graph.holder(index).index))
            if known is not None:
                spans[index] = (known[0], layer.index)
        for index in activations(graph, layer.outputs):
            spans[index] = spans[graph.holder(index).index] = (layer.index, layer.index)
    end = len(graph.layers)
    return spans | {index: (spans[index][0], end) for index in graph.outputs}


def activations(graph: Graph, tensors: Iterable[int | None]) -> list[int]:
    """Return those of `tensors` that are in the arena."""
    return [index for index in tensors if index is not None and graph.tensors[index].is_activation]


def round_up(size: int, step: int) -> int:
    """Return the least multiple of `step` that is at least `size`."""
    return -(-size // step) * step
