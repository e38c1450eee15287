"""The cost database: one SQLite file, which any number of builds read and write at once."""

from __future__ import annotations

import os
import sqlite3
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, TypeVar

from scons_tinyml.costs.connection import MOVE_AWAY, StepLimit, connect, require_plain
from scons_tinyml.costs.dates import fault_of, latest
from scons_tinyml.costs.indexes import indexes_of_many
from scons_tinyml.costs.key import CostKey, ProofKey
from scons_tinyml.costs.marks import hardware_mark
from scons_tinyml.costs.packs.problems import shown
from scons_tinyml.costs.problems import as_problem, is_busy, is_corrupt, set_aside
from scons_tinyml.costs.rows import CostRow, Proof
from scons_tinyml.costs.schema import migrate
from scons_tinyml.records.errors import EnvironmentProblem
from scons_tinyml.records.input_limits import SHOWN_CHARACTERS
from scons_tinyml.records.names import shorten
from scons_tinyml.records.wrapping import print_wrapped

if TYPE_CHECKING:
    from sqlite_utils import Database

Result = TypeVar("Result")

BUSY_TIMEOUT_S = 30.0
_ROWS_A_PAGE = 1000
_DIGEST_CHARACTERS = 64
_DIGESTS_A_QUERY = 500
"""SQLite before 3.32 takes at most 999 parameters."""


class CostDatabase:
    """Rows by the digest of their key. Use it as a context manager, in one thread.

    All methods raise EnvironmentProblem when the file is locked for longer than the busy timeout, cannot be
    written or is of a newer version. A corrupt file is renamed, with a warning, and replaced by an empty one, or is
    another EnvironmentProblem.
    """

    def __init__(self, path: Path, busy_timeout_s: float, *, replaces_corrupt: bool = True) -> None:
        self.path = path
        self._replaces_corrupt = replaces_corrupt
        self._busy_timeout_s = busy_timeout_s
        self._undated: set[str] = set()
        with self._as_problems():
            self._database, self._steps = self._connect()

    @classmethod
    def open(
        cls, path: Path, busy_timeout_s: float = BUSY_TIMEOUT_S, *, replaces_corrupt: bool = True
    ) -> Self:
        """Open the database in `path`. Make it if it does not exist, and bring its tables to this version."""
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise EnvironmentProblem(f"cannot be made: {error.strerror}", where=path.parent) from None
        return cls(path, busy_timeout_s, replaces_corrupt=replaces_corrupt)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    def find(self, keys: Iterable[CostKey]) -> dict[str, CostRow]:
        """Return the rows of those `keys` that have been measured, by digest.

        Rows with an impossible date count as missing, with a warning.
        """
        wanted = {key.digest: key for key in keys}
        records = self._dated("measured_at", self._find("costs", wanted, CostRow.own_columns()))
        return {
            record["digest"]: self._row(CostRow.of_key, wanted[record["digest"]], record)
            for record in records
        }

    def record(self, *rows: CostRow) -> None:
        """Store `rows`, all or none of them. A row with the same key is replaced."""
        self._upsert("costs", rows)
        if any(row.key.evidence == "hardware" for row in rows):
            self._mark_hardware()

    def rows_of(self, kernel: str, kernel_digest: str, core: str) -> list[CostRow]:
        """Return the rows of one kernel, with sources of the digest `kernel_digest`, on one core."""
        sql = "select * from costs where kernel = ? and core = ? and kernel_digest = ?"
        return [
            self._row(CostRow.from_record, record)
            for record in self.query(sql, [kernel, core, kernel_digest])
        ]

    def query(self, sql: str, values: Sequence[object] = ()) -> list[dict[str, Any]]:
        """Return the result of a SELECT by the names of its columns; `values` replace its question marks."""

        def fetch(database: Database) -> list[dict[str, Any]]:
            cursor = database.conn.execute(sql, values)  # without the savepoint that sqlite-utils sets
            names = [column[0] for column in cursor.description]
            return [dict(zip(names, record, strict=True)) for record in cursor]

        return self._run(fetch)

    def tally(self, table: str, columns: Sequence[str]) -> Counter[tuple[Any, ...]]:
        """Return the number of rows of `table` for each combination of values in `columns`.

        SQLite's `group by` would sort all rows in memory.
        """
        sql = f"select {', '.join(columns)} from {table}"
        return self._run(lambda database: Counter(database.conn.execute(sql)))

    def all_rows(self) -> Iterator[CostRow]:
        """Yield all rows in the order of their digests, with few of them in memory at any time.

        The database is not locked meanwhile; rows that are written meanwhile may be among them or not.
        """
        yield from (self._row(CostRow.from_record, record) for record in self._pages("costs"))

    def all_proofs(self) -> Iterator[Proof]:
        """Yield all proofs, in the same way as `all_rows`."""
        yield from (self._row(Proof.from_record, record) for record in self._pages("proofs"))

    def delete(self, digests: Iterable[str]) -> int:
        """Delete the rows and proofs of those `digests`, all or none of them, and return their number."""
        wanted = list(digests)

        def remove(database: Database) -> int:
            before = database.execute("select total_changes()").fetchone()[0]
            for table in ("costs", "proofs"):
                statement = f"delete from {table} where digest = ?"
                database.conn.executemany(statement, ((digest,) for digest in wanted))
            return int(database.execute("select total_changes()").fetchone()[0] - before)

        removed = self._write(remove, len(wanted))
        if hardware_mark(self.path).exists():
            self._mark_hardware()
        return removed

    def find_proofs(self, keys: Iterable[ProofKey]) -> dict[str, Proof]:
        """Return the proofs of those `keys` that have been checked, by digest; dates count as in `find`."""
        wanted = {key.digest: key for key in keys}
        records = self._dated("checked_at", self._find("proofs", wanted, Proof.own_columns()))
        return {record["digest"]: Proof.of_key(wanted[record["digest"]], record) for record in records}

    def record_proof(self, *proofs: Proof) -> None:
        """Store `proofs`, all or none of them. A proof with the same key is replaced."""
        self._upsert("proofs", proofs)

    def count(self) -> dict[str, int]:
        """Return the number of rows of each table."""
        return self._run(lambda database: {name: database.table(name).count for name in ("costs", "proofs")})

    def _mark_hardware(self) -> None:
        """Change the file that tells builds of added or deleted hardware rows: other kernels may now be the fastest."""
        mark = hardware_mark(self.path)
        fresh = mark.with_name(f"{mark.name}.{os.getpid()}")
        fresh.write_text(f"rows of hardware changed at {time.time_ns()} ns\n", encoding="ascii")
        fresh.replace(mark)

    def _find(self, table: str, digests: Iterable[str], columns: Sequence[str]) -> Iterator[dict[str, Any]]:
        names, rest = ", ".join(("digest", *columns)), iter(digests)
        while part := tuple(islice(rest, _DIGESTS_A_QUERY)):
            marks = ",".join("?" * len(part))
            yield from self.query(f"select {names} from {table} where digest in ({marks})", part)

    def _dated(self, column: str, records: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
        """Yield the records with a possible date in `column`, and warn of the first one without."""
        last = latest()
        for record in records:
            fault = fault_of(record[column], last)
            if fault is None:
                yield record
            elif record["digest"] not in self._undated:
                self._undated.add(record["digest"])
                if len(self._undated) == 1:
                    warning = (
                        f"tinyml: warning: {self.path}: {record['digest'][:12]}: {column}: found "
                        f"{shown(record[column])}, {fault}; rows with such dates do not count"
                    )
                    print_wrapped(warning, sys.stderr)

    def _upsert(self, table: str, rows: Sequence[CostRow] | Sequence[Proof]) -> None:
        """Insert or replace `rows`. Columns are made one row at a time, because an import writes 100,000 rows."""

        def upsert(database: Database) -> None:
            statement = _upsert_statement(table, rows[0].to_columns()[0])
            with indexes_of_many(database.conn, table, len(rows)):
                database.conn.executemany(statement, (row.to_columns()[1] for row in rows))

        if rows:
            self._write(upsert, len(rows))

    def _pages(self, table: str) -> Iterator[dict[str, Any]]:
        """Yield the records of `table` page by page: the write-ahead log grows as long as one query is open."""
        sql = f"select * from {table} where digest > ? order by digest limit {_ROWS_A_PAGE}"
        last = ""
        while page := self.query(sql, [last]):
            yield from page
            last = page[-1]["digest"]

    def _row(self, make: Callable[..., Result], *values: Any) -> Result:
        """Return the row that `make` makes of `values`. Raises EnvironmentProblem for a record that is damaged."""
        try:
            return make(*values)
        except (ValueError, TypeError, LookupError) as error:
            digest = shorten(str(values[-1].get("digest")), _DIGEST_CHARACTERS)
            problem = f"row {digest} is damaged: {shorten(str(error), SHOWN_CHARACTERS)}"
            raise EnvironmentProblem(problem, where=self.path, hint=MOVE_AWAY) from None

    def _write(self, change: Callable[[Database], Result], rows: int) -> Result:
        """Do `change`, of `rows` rows, in one transaction, and return its result."""

        def write(database: Database) -> Result:
            # A transaction that began with a read (of the schema, by sqlite-utils) cannot wait for a lock:
            # SQLite fails it at once. So take the write lock before anything else.
            database.execute("begin immediate")
            try:
                result = change(database)
                database.commit()
            except BaseException:
                database.rollback()
                raise
            return result

        return self._run(write, rows)

    def _run(self, operation: Callable[[Database], Result], rows: int = 0) -> Result:
        """Return the result of `operation`, which writes `rows`."""
        with self._as_problems():
            self._steps.begin(rows)
            try:
                return operation(self._database)
            except sqlite3.Error as error:
                if not (is_corrupt(error) and self._replaces_corrupt):
                    raise
            self._database.close()
            # Connecting reads the first pages only, and may find them intact.
            set_aside(self.path)
            self._database, self._steps = self._connect()
            return operation(self._database)

    def _connect(self) -> tuple[Database, StepLimit]:
        """Return a connection to an intact database; a corrupt file is replaced."""
        try:
            return _connect(self.path, self._busy_timeout_s)
        except sqlite3.Error as error:
            if not (is_corrupt(error) and self._replaces_corrupt):
                raise
        set_aside(self.path)
        return _connect(self.path, self._busy_timeout_s)

    @contextmanager
    def _as_problems(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise as_problem(error, self.path, self._busy_timeout_s) from error


def _upsert_statement(table: str, columns: Sequence[str]) -> str:
    """Return one statement that inserts or replaces a row; sqlite-utils would use two."""
    marks, changes = ", ".join("?" * len(columns)), (f"{name} = excluded.{name}" for name in columns)
    return (
        f"insert into {table} ({', '.join(columns)}) values ({marks}) "
        f"on conflict (digest) do update set {', '.join(changes)}"
    )


def _connect(path: Path, busy_timeout_s: float) -> tuple[Database, StepLimit]:
    """Return a connection in WAL mode with the newest tables.

    When two processes make the file at the same time, the change to WAL mode fails at once with "busy". So the wait
    is here.
    """
    deadline_s = time.monotonic() + busy_timeout_s
    while True:
        try:
            return _connect_once(path, busy_timeout_s)
        except sqlite3.Error as error:
            if not is_busy(error) or time.monotonic() > deadline_s:
                raise
            time.sleep(0.02)


def _connect_once(path: Path, busy_timeout_s: float) -> tuple[Database, StepLimit]:
    from sqlite_utils import Database

    connection, steps = connect(path, busy_timeout_s)
    try:
        require_plain(connection, path)
        # For a new file: a row takes 1.7 kB, and the usual 4 KiB would hold only two.
        connection.execute("pragma page_size=16384")
        database = Database(connection, execute_plugins=False)
        database.enable_wal()
        connection.execute("pragma synchronous=normal")  # safe in WAL mode, and saves an fsync a row
        connection.execute("pragma cache_size=-65536")  # 64 MiB at most: imports write to all indexes
        migrate(database, path)
    except BaseException:
        connection.close()
        raise
    return database, steps
