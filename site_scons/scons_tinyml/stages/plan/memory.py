"""Places of activations and scratch in the arena.

Blocks that are never needed together may share bytes. `placement` searches for the smallest arena.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from scons_tinyml.stages.graph.ir import Graph
from scons_tinyml.stages.plan.lifetimes import (
    Block,
    alias_source,
    blocks,
    lower_bound_bytes,
    replaceable,
    round_up,
)
from scons_tinyml.stages.plan.placement import best_places, bodies_of, height_bytes


@dataclass(frozen=True)
class MemoryPlan:
    """Offsets in bytes from the start of the arena: of every activation by tensor, of scratch by layer."""

    offsets: Mapping[int, int]
    scratch_offsets: Mapping[int, int]
    arena_bytes: int
    lower_bound_bytes: int


def plan_memory(
    graph: Graph,
    scratch_bytes: Mapping[int, int],
    alignment_bytes: int = 16,
    in_place: Collection[int] = (),
) -> MemoryPlan:
    """Return a plan for `graph` with the scratch of each layer's kernel.

    Inputs of the network are kept until their last use, outputs from their layer to the end. Layers
    `in_place` have kernels that may overwrite their inputs. Raises UnsupportedError when too many blocks are
    needed at the same time.
    """
    if any(tensor.part_of is not None for tensor in graph.tensors):
        return place_activations(graph, alignment_bytes, in_place).with_scratch(scratch_bytes)
    return _placed(graph, blocks(graph, scratch_bytes, alignment_bytes, in_place))


def _placed(graph: Graph, parts: Sequence[Block]) -> MemoryPlan:
    bound = lower_bound_bytes(parts)
    bodies = bodies_of(parts)
    places = best_places(bodies, bound, graph.name)
    tensors: dict[int, int] = {}
    scratch: dict[int, int] = {}
    for body, place in zip(bodies, places, strict=True):
        if not body.blocks[0].tensors:
            scratch[body.first] = place
        for index in {index for block in body.blocks for index in block.tensors}:
            tensors[index] = place + graph.offset_bytes(index)
    return MemoryPlan(
        offsets=dict(sorted(tensors.items())),
        scratch_offsets=scratch,
        arena_bytes=height_bytes(bodies, places),
        lower_bound_bytes=bound,
    )


@dataclass(frozen=True)
class ActivationPlan:
    """Places of all activations, chosen once for any scratch, which takes what is free while its layer runs.

    The networks that run in patches have many blocks side by side; a search for each choice of kernels takes too long.
    """

    graph: Graph
    parts: tuple[Block, ...]
    alignment_bytes: int
    memory: MemoryPlan

    def scratch_place(self, layer: int, size_bytes: int) -> int:
        """Return the lowest place for `size_bytes` that no activation takes while `layer` runs."""
        below = 0
        for start, end in self._taken(layer):
            if start - below >= size_bytes:
                break
            below = max(below, end)
        return below

    def _taken(self, layer: int) -> Sequence[tuple[int, int]]:
        return self._taken_at.get(layer, ())

    @cached_property
    def _taken_at(self) -> Mapping[int, Sequence[tuple[int, int]]]:
        """Extents of activations in the arena while each layer runs, in order."""
        found: dict[int, list[tuple[int, int]]] = {}
        for part in self.parts:
            first = part.tensors[0]
            start = self.memory.offsets[first] - self.graph.offset_bytes(first) + part.offset_bytes
            for time in range(part.first, part.last + 1):
                found.setdefault(time, []).append((start, start + part.size_bytes))
        return {time: sorted(extents) for time, extents in found.items()}

    def with_scratch(self, scratch_bytes: Mapping[int, int]) -> MemoryPlan:
        """Return the plan with the scratch of each layer, in bytes."""
        sizes = {
            layer: round_up(size, self.alignment_bytes)
            for layer, size in sorted(scratch_bytes.items())
            if size
        }
        places = {layer: self.scratch_place(layer, size) for layer, size in sizes.items()}
        tops = (places[layer] + size for layer, size in sizes.items())
        scratch = tuple(Block((), layer, layer, size) for layer, size in sizes.items())
        return MemoryPlan(
            offsets=self.memory.offsets,
            scratch_offsets=places,
            arena_bytes=max(self.memory.arena_bytes, *tops) if sizes else self.memory.arena_bytes,
            lower_bound_bytes=lower_bound_bytes((*self.parts, *scratch)),
        )


def place_activations(
    graph: Graph, alignment_bytes: int = 16, in_place: Collection[int] = ()
) -> ActivationPlan:
    """Return places of the activations of `graph`; raises like `plan_memory`."""
    parts = blocks(graph, {}, alignment_bytes, in_place)
    return ActivationPlan(graph, parts, alignment_bytes, _placed(graph, parts))


def layers_in_place(graph: Graph, plan: MemoryPlan) -> frozenset[int]:
    """Return layers with a call whose output overwrites an input in `plan`."""
    return frozenset(
        layer.index
        for layer in graph.layers
        if alias_source(graph, layer) is None
        for index in replaceable(graph, layer)
        if index in plan.offsets and plan.offsets[index] == plan.offsets[layer.outputs[0]]
    )
