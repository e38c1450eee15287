"""The class of evidence that a network is judged by: a board's where that measured every layer, else the emulator's."""

from __future__ import annotations

from dataclasses import replace

from scons_tinyml.costs.evidence import class_of_network
from scons_tinyml.costs.key import Evidence
from scons_tinyml.stages.plan.assign import Candidate, Candidates, Measurement

NOT_ON_BOARD = "was not measured on the board, whose cycles are never compared with the emulator's"


def in_one_class(candidates: Candidates) -> dict[int, tuple[Candidate, ...]]:
    """`candidates` with cycles of one class, the other one's beside them.

    They come with those of the emulator, and those of a board beside them where it has measured. When every layer has
    a kernel that may run it and was measured on a board, a board's cycles alone count; what has none cannot be chosen.
    """
    by_layer = {
        layer: {one.kernel: _by_class(one) for one in found if one.reason is None and one.proven}
        for layer, found in candidates.items()
    }
    if class_of_network(by_layer) != "hardware":
        return {layer: tuple(found) for layer, found in candidates.items()}
    return {layer: tuple(map(_on_board, found)) for layer, found in candidates.items()}


def _by_class(candidate: Candidate) -> dict[Evidence, Measurement]:
    found: dict[Evidence, Measurement | None] = {"emulator": candidate.measured, "hardware": candidate.other}
    return {evidence: row for evidence, row in found.items() if row is not None}


def _on_board(candidate: Candidate) -> Candidate:
    measured = candidate.other
    if measured is None:
        reason = candidate.reason or (NOT_ON_BOARD if candidate.proven else None)
        return replace(candidate, cycles=None, source=None, other=candidate.measured, reason=reason)
    return replace(candidate, cycles=measured.cycles, source=measured.source, other=candidate.measured)
