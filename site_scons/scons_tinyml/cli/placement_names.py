"""Which placement a row was measured in: the text of its memory, as the boards of a project name it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from scons_tinyml.costs.memory import memory_text
from scons_tinyml.records.board import read_board
from scons_tinyml.records.placement import placements
from scons_tinyml.resources import find_all

Names = Mapping[tuple[str, str], str]
"""By board and text of the memory. What is not in it was measured for a board that is not here, or is no longer so."""


def placement_names(project: Path) -> Names:
    """The names of all placements of all boards that `project` can build for. Raises RecordError."""
    boards = [read_board(path) for path in find_all("boards", project).values()]
    return {
        (board.name, memory_text(board, placement)): placement.name
        for board in boards
        for placement in placements(board)
    }
