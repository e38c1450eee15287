"""Files beside a cost database. No import of SQLite: a build that has nothing to do looks at them too."""

from __future__ import annotations

from pathlib import Path


def hardware_mark(database: Path) -> Path:
    """The file that changes when rows of hardware are written to `database`, or deleted from it."""
    return database.with_name(f"{database.name}.hardware")
