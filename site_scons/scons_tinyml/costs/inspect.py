"""Inspection of a cost database, which makes, changes and repairs nothing."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from scons_tinyml.costs.connection import connect, require_plain


@dataclass(frozen=True)
class Contents:
    """Schema version and number of rows."""

    version: int
    costs: int
    proofs: int


def inspect(path: Path) -> Contents:
    """Return version and counts of the database at `path`. Raises FileNotFoundError, TinymlError, sqlite3.Error."""
    if not path.exists():
        raise FileNotFoundError(path)
    with closing(connect(path, timeout_s=1, read_only=True)[0]) as connection:
        require_plain(connection, path)

        def number(query: str) -> int:
            return int(connection.execute(query).fetchone()[0] or 0)

        return Contents(
            version=number("select max(version) from schema_versions"),
            costs=number("select count(*) from costs"),
            proofs=number("select count(*) from proofs"),
        )
