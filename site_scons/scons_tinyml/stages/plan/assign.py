"""The choice of a kernel for every layer: the cheapest whose output was proven equal to the oracle's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from scons_tinyml.records.errors import UnsupportedError
from scons_tinyml.stages.graph.ir import Graph, Layer, LayerView
from scons_tinyml.stages.plan.lifetimes import alias_source
from scons_tinyml.stages.plan.record import LayerPlan, Rejection

ALIASED = "aliased"
"""Why a layer has no kernel: its output is its input at the same place."""


@dataclass(frozen=True)
class Candidate:
    """What is known of one kernel on one layer. `reason` says why it cannot be used, None if nothing does.

    `proven` is that its output was byte-identical to the oracle's on this layer, `cycles` what that run took.
    """

    kernel: str
    cycles: int | None
    proven: bool
    scratch_bytes: int
    reason: str | None = None


def assign(graph: Graph, candidates: Mapping[int, Sequence[Candidate]]) -> tuple[LayerPlan, ...]:
    """A kernel for each layer of `graph`, from the candidates of each by layer index.

    Equal cycles are decided by less scratch, then by name. Raises UnsupportedError for a layer without a
    kernel.
    """
    return tuple(_assign(graph, layer, candidates.get(layer.index, ())) for layer in graph.layers)


def _assign(graph: Graph, layer: Layer, candidates: Sequence[Candidate]) -> LayerPlan:
    if alias_source(graph, layer) is not None:
        return LayerPlan(layer.index, layer.name, layer.operator, None, ALIASED, None, 0, ())
    usable = [(candidate.cycles, candidate) for candidate in candidates if candidate.cycles is not None]
    ranked = sorted(
        ((cycles, found.scratch_bytes, found.kernel) for cycles, found in usable if _objection(found) is None)
    )
    if not ranked:
        raise unsupported(LayerView(graph, layer), candidates)
    cycles, scratch_bytes, kernel = ranked[0]
    rejected = tuple(
        Rejection(
            other.kernel, _objection(other) or _slower(other, cycles), other.cycles if other.proven else None
        )
        for other in sorted(candidates, key=lambda other: other.kernel)
        if other.kernel != kernel
    )
    return LayerPlan(layer.index, layer.name, layer.operator, kernel, None, cycles, scratch_bytes, rejected)


def _objection(candidate: Candidate) -> str | None:
    if candidate.reason is not None:
        return candidate.reason
    if not candidate.proven:
        return "output was not compared with the oracle"
    return "was not measured" if candidate.cycles is None else None


def _slower(candidate: Candidate, cycles: int) -> str:
    if candidate.cycles == cycles:
        return f"not faster: {cycles:,} cycles as well"
    return f"slower: {candidate.cycles:,} cycles against {cycles:,}"


def unsupported(view: LayerView, candidates: Sequence[Candidate]) -> UnsupportedError:
    """The error for a layer that none of its `candidates` can run, with the reason against each."""
    layer = view.layer
    tensors = [view.graph.tensors[index] for index in (*layer.inputs, *layer.outputs) if index is not None]
    shapes = ", ".join(f"{tensor.type} {list(tensor.shape)}" for tensor in tensors)
    listed = "".join(f"\n  {candidate.kernel}: {_objection(candidate)}" for candidate in candidates)
    return UnsupportedError(
        f"no kernel can run {layer.operator} on {shapes}"
        + (listed or f"\n  there is no kernel for {layer.operator}"),
        where=view.graph.name,
        key=f"layer {layer.index} ({layer.name})",
    )
