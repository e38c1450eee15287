"""Kernels that may run each layer, and the record of the choice with reasons against the others."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from scons_tinyml.records.errors import UnsupportedError
from scons_tinyml.records.trust import PackOrigin
from scons_tinyml.stages.graph.ir import Graph, Layer, LayerView
from scons_tinyml.stages.plan.lifetimes import alias_source
from scons_tinyml.stages.plan.problem import Choice, Option, fastest
from scons_tinyml.stages.plan.record import HardwareRow, LayerPlan, Rejection

ALIASED = "aliased"
"""Reason of a layer without a kernel: its output is its input in the same place."""


@dataclass(frozen=True)
class Source:
    """The row of the cycles."""

    digest: str
    """Digest of its key in the cost database."""
    evidence: str
    measured_at: str
    timing_version: str
    board: str = ""
    """Board of the measurement; other boards may share the row."""
    pack: PackOrigin | None = None
    """Pack that the row came with; None for a row that was measured here."""
    trusted: bool = False
    """True if whoever builds trusts that pack."""

    @property
    def decides(self) -> bool:
        """True if a hardware row may decide a verdict: it was measured here, or by somebody who is trusted."""
        return self.pack is None or self.trusted

    @property
    def measured_by(self) -> str:
        """Firmware and board, or the timing model."""
        return (
            f"{self.timing_version} on {self.board}" if self.evidence == "hardware" else self.timing_version
        )


@dataclass(frozen=True)
class Measurement:
    """Cycles with their row."""

    cycles: int
    source: Source


@dataclass(frozen=True)
class Candidate:
    """One kernel on one layer. `reason` explains why it cannot be used, None if it can.

    The output of a `proven` one was byte-identical to the oracle's on this layer, in a run of `cycles`.
    """

    kernel: str
    cycles: int | None
    proven: bool
    scratch_bytes: int
    reason: str | None = None
    source: Source | None = None
    other: Measurement | None = None
    """Measurement of the other class of evidence, board or emulator."""
    in_place: bool = False
    """True when the output may replace an input."""
    digest: str = ""
    """Digest of the implementation that was tried; '' when there is none."""
    max_ulps: int = 0
    explanation: tuple[str, ...] = ()
    """Sentences of a generator on its function."""
    ram_constants: bool = False
    """True when it reads its constants from RAM, or runs there."""
    slow: float = 1.0
    """Factor on its cycles for the slow end of their error band."""

    @property
    def measured(self) -> Measurement | None:
        """Cycles with their row."""
        return None if self.cycles is None or self.source is None else Measurement(self.cycles, self.source)


Candidates = Mapping[int, Sequence[Candidate]]
"""Candidates by layer index."""


def options(graph: Graph, candidates: Candidates) -> dict[int, tuple[Option, ...]]:
    """Return kernels for each layer of `graph` with a call.

    Raises UnsupportedError for a layer without one.
    """
    found = {}
    for layer in graph.layers:
        if alias_source(graph, layer) is None:
            known = candidates.get(layer.index, ())
            found[layer.index] = tuple(
                Option(
                    candidate.kernel,
                    candidate.cycles,
                    candidate.scratch_bytes,
                    candidate.in_place,
                    candidate.slow,
                )
                for candidate in known
                if candidate.cycles is not None and objection(candidate) is None
            )
            if not found[layer.index]:
                raise unsupported(LayerView(graph, layer), known)
    return found


def assign(graph: Graph, candidates: Candidates) -> tuple[LayerPlan, ...]:
    """Return the fastest kernel for each layer of `graph`.

    Raises UnsupportedError for a layer without a kernel.
    """
    return layer_plans(
        graph,
        candidates,
        {layer: fastest(found).kernel for layer, found in options(graph, candidates).items()},
        lambda _, other, chosen: slower(other.cycles or 0, chosen.cycles or 0),
    )


def layer_plans(
    graph: Graph, candidates: Candidates, choice: Choice, why_not: Callable[[int, Candidate, Candidate], str]
) -> tuple[LayerPlan, ...]:
    """Return the record of `choice` by layer.

    `why_not(layer, other, chosen)` returns the reason against `other`, which can run `layer`, and for
    `chosen`.
    """
    return tuple(
        _aliased(layer)
        if layer.index not in choice
        else _planned(layer, candidates[layer.index], choice[layer.index], why_not)
        for layer in graph.layers
    )


def _aliased(layer: Layer) -> LayerPlan:
    return LayerPlan(layer.index, layer.name, layer.operator, None, ALIASED, None, 0, ())


def _planned(
    layer: Layer,
    candidates: Sequence[Candidate],
    kernel: str,
    why_not: Callable[[int, Candidate, Candidate], str],
) -> LayerPlan:
    chosen = next(candidate for candidate in candidates if candidate.kernel == kernel)
    rejected = tuple(
        Rejection(
            other.kernel,
            objection(other) or why_not(layer.index, other, chosen),
            other.cycles if other.proven else None,
        )
        for other in sorted(candidates, key=lambda other: other.kernel)
        if other.kernel != kernel
    )
    on_board = chosen.source is not None and chosen.source.evidence == "hardware"
    hardware = chosen.measured if on_board else chosen.other
    return LayerPlan(
        layer.index,
        layer.name,
        layer.operator,
        kernel,
        None,
        chosen.cycles,
        chosen.scratch_bytes,
        rejected,
        evidence="hardware" if on_board else "emulator",
        measured_by=chosen.source.measured_by if chosen.source else "",
        pack=chosen.source.pack if chosen.source else None,
        emulator_cycles=chosen.other.cycles if on_board and chosen.other else None,
        hardware=_hardware(hardware) if hardware else None,
        digest=chosen.digest,
        max_ulps=chosen.max_ulps,
        ram_constants=chosen.ram_constants,
    )


def _hardware(measured: Measurement) -> HardwareRow:
    source = measured.source
    return HardwareRow(measured.cycles, source.measured_by, source.measured_at, source.pack, source.decides)


def objection(candidate: Candidate) -> str | None:
    """Return the reason why `candidate` cannot run its layer, None when it can."""
    if candidate.reason is not None:
        return candidate.reason
    if not candidate.proven:
        return "output was not compared with the oracle"
    return "was not measured" if candidate.cycles is None else None


def slower(cycles: int, chosen_cycles: int) -> str:
    """Return the reason against a kernel that is not faster than the chosen one."""
    if cycles == chosen_cycles:
        return f"not faster: {cycles:,} cycles as well"
    return f"slower: {cycles:,} cycles against {chosen_cycles:,}"


def unsupported(view: LayerView, candidates: Sequence[Candidate]) -> UnsupportedError:
    """Return the error for a layer that no candidate can run, with the reason against each."""
    layer = view.layer
    tensors = [view.graph.tensors[index] for index in (*layer.inputs, *layer.outputs) if index is not None]
    shapes = ", ".join(f"{tensor.type} {list(tensor.shape)}" for tensor in tensors)
    listed = "".join(f"\n  {candidate.kernel}: {objection(candidate)}" for candidate in candidates)
    return UnsupportedError(
        f"no kernel can run {layer.operator} on {shapes}"
        + (listed or f"\n  there is no kernel for {layer.operator}"),
        where=view.graph.name,
        key=f"layer {layer.index} ({layer.name})",
    )
