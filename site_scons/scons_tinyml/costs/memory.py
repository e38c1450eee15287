"""Memory system in a cost key: the properties that change cycles.

Names, sizes and addresses of regions are left out, so boards that differ only in these share their rows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scons_tinyml.costs.key import canonical_json
from scons_tinyml.records.placement import code_alignment_bytes

if TYPE_CHECKING:
    from scons_tinyml.records.board import Board
    from scons_tinyml.records.placement import Placement


def memory_description(board: Board, placement: Placement) -> dict[str, Any]:
    """Return a JSON value of all properties of `board` that change the cycles of code under `placement`."""
    described = {**placement.describe(), "code_alignment_bytes": code_alignment_bytes(board)}
    if "flash" in (placement.code.kind, placement.weights.kind):
        described["flash"] = board.flash.model_dump(mode="json", exclude_defaults=True)
    if board.core_caches:
        described["core_caches"] = board.core_caches.model_dump(mode="json", exclude_defaults=True)
    return described


def memory_text(board: Board, placement: Placement) -> str:
    """Return the canonical text of `memory_description`, for the field `memory` of a CostKey."""
    return canonical_json(memory_description(board, placement))
