"""When each piece of the arena is needed.

Time is counted in layers: the inputs of the network are there at -1, layer i runs at i, and the outputs are
read at the number of layers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from scons_tinyml.stages.graph.ir import Graph, Layer
from scons_tinyml.stages.graph.operators import find_operator


@dataclass(frozen=True)
class Block:
    """Bytes that belong together from `first` to `last`, both included.

    `tensors` share them: they hold the same values. A block without tensors is the scratch of layer `first`.
    """

    tensors: tuple[int, ...]
    first: int
    last: int
    size_bytes: int

    def meets(self, other: Block) -> bool:
        """Both are needed at some time."""
        return self.first <= other.last and other.first <= self.last


def alias_source(graph: Graph, layer: Layer) -> int | None:
    """The input tensor whose place the layer's output takes over, which leaves nothing to run; or None.

    A constant has no place in the arena to take over.
    """
    operator = find_operator(layer.operator)
    index = layer.inputs[0] if layer.inputs else None
    if operator is None or index is None or not operator.aliases(graph.view(layer)):
        return None
    source, target = graph.tensors[index], graph.tensors[layer.outputs[0]]
    return None if source.is_constant or source.size_bytes != target.size_bytes else index


def blocks(graph: Graph, scratch_bytes: Mapping[int, int], alignment_bytes: int) -> tuple[Block, ...]:
    """Activations in the order of their first tensor, then scratch by layer; sizes are rounded up."""
    spans = _spans(graph)
    owner = {index: index for index in spans}
    for layer in graph.layers:
        source = alias_source(graph, layer)
        if source is not None:
            owner[layer.outputs[0]] = owner[source]
    groups: dict[int, list[int]] = {}
    for index, root in owner.items():
        groups.setdefault(root, []).append(index)
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


def lower_bound_bytes(parts: Sequence[Block]) -> int:
    """The most bytes that are needed at one time: no plan can be smaller."""
    times = {part.first for part in parts}
    return max(
        (sum(part.size_bytes for part in parts if part.first <= time <= part.last) for time in times),
        default=0,
    )


def _spans(graph: Graph) -> dict[int, tuple[int, int]]:
    """First and last time of every tensor that is not constant, in the order in which they come to be."""
    spans = dict.fromkeys(graph.inputs, (-1, -1))
    for layer in graph.layers:
        for index in layer.inputs:
            if index is not None and index in spans:
                spans[index] = (spans[index][0], layer.index)
        spans |= dict.fromkeys(layer.outputs, (layer.index, layer.index))
    end = len(graph.layers)
    return spans | {index: (spans[index][0], end) for index in graph.outputs}


def round_up(size: int, step: int) -> int:
    """The least multiple of `step` that holds `size`."""
    return -(-size // step) * step
