"""The class of evidence for a network: a board's if it measured every layer, else the emulator's."""

from __future__ import annotations

from dataclasses import replace

from scons_tinyml.costs.evidence import class_of_network
from scons_tinyml.costs.key import Evidence
from scons_tinyml.stages.plan.assign import Candidate, Candidates, Measurement

NOT_ON_BOARD = "was not measured on the board, whose cycles are never compared with the emulator's"


def in_one_class(candidates: Candidates) -> dict[int, tuple[Candidate, ...]]:
    """Return `candidates` with cycles of one class, and the other class in `other`.

    They come with cycles of the emulator, and with measurements of a board in `other`. If every layer has a
    usable kernel that was measured on a board, here or by somebody who is trusted, only the board's cycles count;
    kernels without them cannot be chosen.
    """
    by_layer = {
        layer: {one.kernel: _by_class(one) for one in found if one.reason is None and one.proven}
        for layer, found in candidates.items()
    }
    if class_of_network(by_layer) != "hardware":
        return {layer: tuple(found) for layer, found in candidates.items()}
    return {layer: tuple(map(_on_board, found)) for layer, found in candidates.items()}


def _by_class(candidate: Candidate) -> dict[Evidence, Measurement]:
    found: dict[Evidence, Measurement | None] = {
        "emulator": candidate.measured,
        "hardware": _deciding(candidate),
    }
    return {evidence: row for evidence, row in found.items() if row is not None}


def _on_board(candidate: Candidate) -> Candidate:
    measured = _deciding(candidate)
    if measured is None:
        reason = candidate.reason or (NOT_ON_BOARD if candidate.proven else None)
        return replace(candidate, cycles=None, source=None, other=candidate.measured, reason=reason)
    return replace(candidate, cycles=measured.cycles, source=measured.source, other=candidate.measured)


def _deciding(candidate: Candidate) -> Measurement | None:
    """Return the measurement of a board that may decide, None for a row of somebody who is not trusted."""
    found = candidate.other
    return found if found is not None and found.source.decides else None
