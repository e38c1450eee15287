"""Independent check of a memory plan: simulates the network on bytes that record their owner.

It uses none of the planner's lifetimes, so that a mistake in one cannot hide in the other.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from scons_tinyml.stages.graph.ir import Graph, Layer
from scons_tinyml.stages.graph.parts import Completion
from scons_tinyml.stages.plan.lifetimes import alias_source
from scons_tinyml.stages.plan.memory import MemoryPlan


@dataclass(frozen=True)
class _Extent:
    name: str
    start: int
    size: int

    @property
    def end(self) -> int:
        return self.start + self.size

    def overlaps(self, other: _Extent) -> bool:
        return self.start < other.end and other.start < self.end


def check_memory(
    graph: Graph,
    scratch_bytes: Mapping[int, int],
    plan: MemoryPlan,
    alignment_bytes: int = 16,
    in_place: Collection[int] = (),
) -> list[str]:
    """Return the faults of `plan`: missing, unaligned or outside offsets, values overwritten before use.

    Only layers `in_place` may write an output over an input of the same type and size.
    """
    used = (index for layer in graph.layers for index in (*layer.inputs, *layer.outputs) if index is not None)
    found = dict.fromkeys(index for index in (*graph.inputs, *used, *graph.outputs))
    activations = [index for index in found if graph.tensors[index].is_activation]
    scratch = [layer for layer, size in scratch_bytes.items() if size]
    missing = [
        *(f"tensor {index} has no place" for index in activations if index not in plan.offsets),
        *(f"scratch of layer {index} has no place" for index in scratch if index not in plan.scratch_offsets),
    ]
    if missing:
        return missing
    tensors = {index: _tensor(graph, plan, index) for index in activations}
    buffers = {
        index: _Extent("scratch", plan.scratch_offsets[index], scratch_bytes[index]) for index in scratch
    }
    findings = _misplaced([*tensors.values(), *buffers.values()], plan.arena_bytes, alignment_bytes)
    return findings + _Execution(graph, tensors, buffers, in_place).findings()


def _tensor(graph: Graph, plan: MemoryPlan, index: int) -> _Extent:
    return _Extent(f"tensor {index}", plan.offsets[index], graph.tensors[index].size_bytes)


def _misplaced(extents: Iterable[_Extent], arena_bytes: int, alignment_bytes: int) -> list[str]:
    findings = []
    for part in extents:
        if part.start % alignment_bytes:
            findings.append(f"{part.name} at {part.start} is not aligned to {alignment_bytes}")
        if part.start < 0 or part.end > arena_bytes:
            findings.append(
                f"{part.name}: bytes {part.start} to {part.end} are not in the arena of {arena_bytes}"
            )
    return findings


class _Execution:
    """Runs the network once. `intact` has the tensors whose bytes nothing else has overwritten."""

    def __init__(
        self,
        graph: Graph,
        tensors: Mapping[int, _Extent],
        scratch: Mapping[int, _Extent],
        in_place: Collection[int],
    ) -> None:
        self.graph = graph
        self.in_place = in_place
        self.tensors = tensors
        self.scratch = scratch
        self.intact: set[int] = set()
        self.completion = Completion(graph)

    def findings(self) -> list[str]:
        inputs = [self.tensors[index] for index in self.graph.inputs]
        found = _overlaps("the inputs of the network", inputs, inputs)
        self._write(inputs)
        self._fill(self.graph.inputs)
        for layer in self.graph.layers:
            found += self._run(layer)
        return found + self._lost(self.graph.outputs, "the caller")

    def _run(self, layer: Layer) -> list[str]:
        found = self._lost(layer.inputs, f"layer {layer.index}")
        source = alias_source(self.graph, layer)
        if source is None:
            written = self._extents(layer.outputs)
            written += [self.scratch[layer.index]] if layer.index in self.scratch else []
            read = [
                part
                for index in layer.inputs
                for part in self._extents([index])
                if not self._over(index, layer)
            ]
            found += _overlaps(f"layer {layer.index}", written, [*read, *written])
            self._write(written)
        elif self.tensors[source].start != self.tensors[layer.outputs[0]].start:
            found.append(f"layer {layer.index}: nothing moves tensor {source} to tensor {layer.outputs[0]}")
        self._fill(index for index in layer.outputs if index in self.tensors)
        return found

    def _over(self, index: int | None, layer: Layer) -> bool:
        """Return True when the layer computes its output over the input `index`, value by value."""
        if (
            index is None
            or index not in self.tensors
            or layer.index not in self.in_place
            or len(layer.outputs) != 1
        ):
            return False
        source, target = self.graph.tensors[index], self.graph.tensors[layer.outputs[0]]
        same_place = self.tensors[index].start == self.tensors[target.index].start
        return same_place and (source.type, source.size_bytes) == (target.type, target.size_bytes)

    def _extents(self, values: Iterable[int | None]) -> list[_Extent]:
        """Return the extents of `values`, without absent and constant ones."""
        return [self.tensors[index] for index in values if index is not None and index in self.tensors]

    def _write(self, extents: Sequence[_Extent]) -> None:
        self.intact -= {
            index for index in self.intact if any(self.tensors[index].overlaps(part) for part in extents)
        }

    def _fill(self, values: Iterable[int]) -> None:
        """Add `values`, and tensors of the same rows unless other rows of theirs were overwritten since."""
        for index in values:
            self.intact.add(index)
            made = [one for one in self.completion.after(index) if one in self.tensors]
            self.intact.update(one for one in made if self._has_all_rows(one))

    def _has_all_rows(self, index: int) -> bool:
        """Return True when each byte of `index` is in a tensor that is intact, at its place."""
        holder = self.graph.holder(index).index
        wanted = self.tensors[index]
        place = wanted.start - self.graph.offset_bytes(index)
        held = sorted(
            (self.tensors[one].start, self.tensors[one].end)
            for one in self.intact
            if self.graph.holder(one).index == holder
            and self.tensors[one].start == place + self.graph.offset_bytes(one)
        )
        end = wanted.start
        for start, stop in held:
            if start <= end:
                end = max(end, stop)
        return end >= wanted.end

    def _lost(self, values: Iterable[int | None], reader: str) -> list[str]:
        lost = (index for index in values if index in self.tensors and index not in self.intact)
        return [f"tensor {index} is overwritten before {reader} reads it" for index in lost]


def _overlaps(where: str, written: Sequence[_Extent], used: Sequence[_Extent]) -> list[str]:
    pairs = {tuple(sorted((a.name, b.name))) for a in written for b in used if a is not b and a.overlaps(b)}
    return [f"{where}: {first} and {second} overlap" for first, second in sorted(pairs)]
