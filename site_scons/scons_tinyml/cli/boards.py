"""Search for the board that a command line names."""

from __future__ import annotations

from pathlib import Path

from scons_tinyml.records.board import Board, read_board
from scons_tinyml.records.errors import InputError
from scons_tinyml.records.suggest import did_you_mean
from scons_tinyml.resources import find_all


def find_board(name: str, project: Path, key: str = "--board") -> Board:
    """Return the board `name`, given as `key`; the project's own come first. Raises InputError, RecordError."""
    files = find_all("boards", project)
    if name not in files:
        raise InputError(
            f"unknown board '{name}'; {did_you_mean(name, files)}", where="command line", key=key
        )
    return read_board(files[name])
