"""Files beside a cost database. This module does not import SQLite, because builds with nothing to do use it too."""

from __future__ import annotations

from pathlib import Path


def hardware_mark(database: Path) -> Path:
    """Return the file that changes when hardware rows are written to `database`, or deleted from it."""
    return database.with_name(f"{database.name}.hardware")
