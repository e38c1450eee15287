"""Names of the placements that rows were measured in."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from scons_tinyml.costs.memory import memory_text
from scons_tinyml.records.board import read_board
from scons_tinyml.records.placement import placements
from scons_tinyml.resources import find_all

Names = Mapping[tuple[str, str], str]
"""Names by board and text of the memory.

Rows of boards that the project does not have, or that have changed since, have no name.
"""


def placement_names(project: Path) -> Names:
    """Return the names of all placements of all boards that `project` can build for. Raises RecordError."""
    boards = [read_board(path) for path in find_all("boards", project).values()]
    return {
        (board.name, memory_text(board, placement)): placement.name
        for board in boards
        for placement in placements(board)
    }
