"""Databases as data: the one place that opens them, with limits, and a check that they are plain tables.

A database may be anybody's. A view in the place of a table, a trigger or a generated column would be code that runs
when a row is read, and pages that refer to each other can make a small file endless.
"""

from __future__ import annotations

import re
import sqlite3
from pathlib import Path

from scons_tinyml.records.errors import EnvironmentProblem
from scons_tinyml.records.input_limits import (
    DATABASE_STEPS,
    DATABASE_STEPS_A_BYTE,
    DATABASE_STEPS_A_ROW,
    DATABASE_VALUE_BYTES,
)
from scons_tinyml.records.names import shorten
from scons_tinyml.records.system_errors import require_regular

TABLES = ("costs", "proofs", "schema_versions")
_PARTS = ("", "-wal", "-shm", "-journal")
_INTERVAL = 10_000
"""Steps between two looks at the count."""
_MOST_OBJECTS = 100
"""Tables and indexes of a database. Ours have 13."""
_LIMITS = {
    sqlite3.SQLITE_LIMIT_LENGTH: DATABASE_VALUE_BYTES,
    sqlite3.SQLITE_LIMIT_SQL_LENGTH: DATABASE_VALUE_BYTES,
    sqlite3.SQLITE_LIMIT_ATTACHED: 0,
    sqlite3.SQLITE_LIMIT_TRIGGER_DEPTH: 1,
    sqlite3.SQLITE_LIMIT_EXPR_DEPTH: 100,
    sqlite3.SQLITE_LIMIT_COMPOUND_SELECT: 10,
}
_CHECK = re.compile(r"\bcheck\s*\(", re.IGNORECASE)
_VIRTUAL = re.compile(r"\s*create\s+virtual\b", re.IGNORECASE)
MOVE_AWAY = "move it away: a build makes a new one and measures again"


class StepLimit:
    """Limit of the steps that SQLite may take, by the size of the file and the rows that are written."""

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self._path, self._left = path, 0
        self.begin()
        connection.set_progress_handler(self._has_ended, _INTERVAL)

    def begin(self, rows: int = 0) -> None:
        """Begin an operation that writes or deletes `rows`; SQLite ends it with an error after its last step."""
        parts = (Path(f"{self._path}{suffix}") for suffix in _PARTS[:2])
        size_bytes = sum(part.stat().st_size for part in parts if part.exists())
        steps = DATABASE_STEPS + DATABASE_STEPS_A_BYTE * size_bytes + DATABASE_STEPS_A_ROW * rows
        self._left = steps // _INTERVAL

    def _has_ended(self) -> bool:
        self._left -= 1
        return self._left < 0


def connect(path: Path, timeout_s: float, *, read_only: bool = False) -> tuple[sqlite3.Connection, StepLimit]:
    """Return a connection to the database in `path`, and the limit of its steps.

    Raises InputError for a path that is no regular file, sqlite3.Error. Nothing in the database has been read yet.
    """
    for suffix in _PARTS:
        require_regular(Path(f"{path}{suffix}"))
    if read_only:
        address = f"{path.resolve().as_uri()}?mode=ro"
        connection = sqlite3.connect(address, uri=True, timeout=timeout_s)
    else:
        connection = sqlite3.connect(path, timeout=timeout_s)
    try:
        for limit, value in _LIMITS.items():
            connection.setlimit(limit, value)
        connection.execute("pragma trusted_schema=off")
        connection.execute("pragma cell_size_check=on")
        if read_only:
            connection.execute("pragma query_only=on")
        return connection, StepLimit(connection, path)
    except BaseException:
        connection.close()
        raise


def require_plain(connection: sqlite3.Connection, path: Path) -> None:
    """Raise EnvironmentProblem when the database in `path` has other things than plain tables with indexes."""
    found = connection.execute("select type, name, sql from sqlite_master limit ?", [_MOST_OBJECTS + 1])
    objects = found.fetchall()
    if len(objects) > _MOST_OBJECTS:
        raise _refused(path, f"has more than {_MOST_OBJECTS} tables and indexes")
    for kind, name, sql in objects:
        if kind not in ("table", "index"):
            raise _refused(path, f"has a {kind}, {shorten(str(name))!r}, expected tables and indexes only")
        if _VIRTUAL.match(sql or "") or _CHECK.search(sql or ""):
            raise _refused(path, f"table {shorten(str(name))!r} computes its values, expected a plain one")
    present = {name for kind, name, _ in objects if kind == "table"}
    for table in TABLES:
        if table in present:
            _require_plain_table(connection, path, table)


def _require_plain_table(connection: sqlite3.Connection, path: Path, table: str) -> None:
    if not _numbers(connection, "select strict from pragma_table_list where name = ?", table) == [1]:
        raise _refused(path, f"table {table!r} does not fix the types of its columns")
    if any(_numbers(connection, "select hidden from pragma_table_xinfo(?)", table)):
        raise _refused(path, f"table {table!r} has generated columns, expected plain ones")
    if any(_numbers(connection, "select partial from pragma_index_list(?)", table)):
        raise _refused(path, f"table {table!r} has an index with a condition, expected plain ones")
    columns = "select x.cid from pragma_index_list(?) l, pragma_index_xinfo(l.name) x"
    if -2 in _numbers(connection, columns, table):  # an expression; -1 is the row's number
        raise _refused(path, f"table {table!r} has an index of an expression, expected plain ones")


def _numbers(connection: sqlite3.Connection, sql: str, table: str) -> list[int]:
    return [value for (value,) in connection.execute(sql, [table])]


def _refused(path: Path, problem: str) -> EnvironmentProblem:
    return EnvironmentProblem(f"is no database of costs: {problem}", where=path, hint=MOVE_AWAY)
