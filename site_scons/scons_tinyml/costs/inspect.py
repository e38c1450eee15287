"""Inspection of a cost database, which makes, changes and repairs nothing."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Contents:
    """Schema version and number of rows."""

    version: int
    costs: int
    proofs: int


def inspect(path: Path) -> Contents:
    """Return version and counts of the database at `path`. Raises FileNotFoundError, sqlite3.Error."""
    if not path.exists():
        raise FileNotFoundError(path)
    with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, timeout=1)) as connection:

        def number(query: str) -> int:
            return int(connection.execute(query).fetchone()[0])

        return Contents(
            version=number("select max(version) from schema_versions"),
            costs=number("select count(*) from costs"),
            proofs=number("select count(*) from proofs"),
        )
