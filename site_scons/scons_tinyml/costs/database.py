"""The cost database: one SQLite file that any number of builds read and write at once."""

from __future__ import annotations

import os
import sqlite3
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, TypeVar

from scons_tinyml.costs.indexes import indexes_of_many
from scons_tinyml.costs.key import CostKey, ProofKey
from scons_tinyml.costs.marks import hardware_mark
from scons_tinyml.costs.problems import as_problem, is_busy, is_corrupt, set_aside
from scons_tinyml.costs.rows import CostRow, Proof
from scons_tinyml.costs.schema import migrate
from scons_tinyml.records.errors import EnvironmentProblem

if TYPE_CHECKING:
    from sqlite_utils import Database

Result = TypeVar("Result")

BUSY_TIMEOUT_S = 30.0
_ROWS_A_PAGE = 1000
_DIGESTS_A_QUERY = 500
"""SQLite before 3.32 takes at most 999 parameters."""


class CostDatabase:
    """Rows by the digest of their key. Use as a context manager; not to be shared between threads.

    All methods raise EnvironmentProblem when the file is locked for longer than the busy timeout, cannot be
    written or is of a newer version. A corrupt file is kept aside with a warning, and a fresh one begun.
    """

    def __init__(self, path: Path, busy_timeout_s: float) -> None:
        self.path = path
        self._busy_timeout_s = busy_timeout_s
        with self._problems_told():
            self._database = self._connect()

    @classmethod
    def open(cls, path: Path, busy_timeout_s: float = BUSY_TIMEOUT_S) -> Self:
        """The database in `path`, made if it is not there, its tables brought to this version."""
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise EnvironmentProblem(f"cannot be made: {error.strerror}", where=path.parent) from None
        return cls(path, busy_timeout_s)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    def find(self, keys: Iterable[CostKey]) -> dict[str, CostRow]:
        """Rows of those `keys` that have been measured, by digest."""
        wanted = {key.digest: key for key in keys}
        records = self._find("costs", wanted, CostRow.own_columns())
        return {record["digest"]: CostRow.of_key(wanted[record["digest"]], record) for record in records}

    def record(self, *rows: CostRow) -> None:
        """Keep `rows`, all or none of them; a row of the same key is replaced."""
        self._upsert("costs", rows)
        if any(row.key.evidence == "hardware" for row in rows):
            self._mark_hardware()

    def rows_of(self, kernel: str, kernel_digest: str, core: str) -> list[CostRow]:
        """Rows of one kernel, with the sources of that digest, on one core."""
        sql = "select * from costs where kernel = ? and core = ? and kernel_digest = ?"
        return [CostRow.from_record(record) for record in self.query(sql, [kernel, core, kernel_digest])]

    def query(self, sql: str, values: Sequence[object] = ()) -> list[dict[str, Any]]:
        """All that a SELECT gives, by the names of its columns; its question marks stand for `values`."""

        def fetch(database: Database) -> list[dict[str, Any]]:
            cursor = database.conn.execute(sql, values)  # sqlite-utils would set a savepoint first
            names = [column[0] for column in cursor.description]
            return [dict(zip(names, record, strict=True)) for record in cursor]

        return self._run(fetch)

    def tally(self, table: str, columns: Sequence[str]) -> Counter[tuple[Any, ...]]:
        """How many rows of `table` have the same values in `columns`.

        SQLite's own `group by` would sort all rows, with as much memory as they take.
        """
        sql = f"select {', '.join(columns)} from {table}"
        return self._run(lambda database: Counter(database.conn.execute(sql)))

    def all_rows(self) -> Iterator[CostRow]:
        """All rows in the order of their digests, few of them in memory at any time.

        The database is not locked meanwhile; whether a row is seen that is written meanwhile is not defined.
        """
        yield from map(CostRow.from_record, self._pages("costs"))

    def all_proofs(self) -> Iterator[Proof]:
        """All proofs, as `all_rows` has the rows."""
        yield from map(Proof.from_record, self._pages("proofs"))

    def delete(self, digests: Iterable[str]) -> int:
        """Delete the rows and proofs of those `digests`, all or none of them; how many there were."""
        wanted = list(digests)

        def remove(database: Database) -> int:
            before = database.execute("select total_changes()").fetchone()[0]
            for table in ("costs", "proofs"):
                statement = f"delete from {table} where digest = ?"
                database.conn.executemany(statement, ((digest,) for digest in wanted))
            return int(database.execute("select total_changes()").fetchone()[0] - before)

        removed = self._write(remove)
        if hardware_mark(self.path).exists():
            self._mark_hardware()
        return removed

    def find_proofs(self, keys: Iterable[ProofKey]) -> dict[str, Proof]:
        """Proofs of those `keys` that have been checked, by digest."""
        wanted = {key.digest: key for key in keys}
        records = self._find("proofs", wanted, Proof.own_columns())
        return {record["digest"]: Proof.of_key(wanted[record["digest"]], record) for record in records}

    def record_proof(self, *proofs: Proof) -> None:
        """Keep `proofs`, all or none of them; a proof of the same key is replaced."""
        self._upsert("proofs", proofs)

    def count(self) -> dict[str, int]:
        """Number of rows of each table."""
        return self._run(lambda database: {name: database.table(name).count for name in ("costs", "proofs")})

    def _mark_hardware(self) -> None:
        """Leave word for builds that rows of hardware came or went: then other kernels may be the fastest."""
        mark = hardware_mark(self.path)
        fresh = mark.with_name(f"{mark.name}.{os.getpid()}")
        fresh.write_text(f"rows of hardware changed at {time.time_ns()} ns\n", encoding="ascii")
        fresh.replace(mark)

    def _find(self, table: str, digests: Iterable[str], columns: Sequence[str]) -> Iterator[dict[str, Any]]:
        names, rest = ", ".join(("digest", *columns)), iter(digests)
        while part := tuple(islice(rest, _DIGESTS_A_QUERY)):
            marks = ",".join("?" * len(part))
            yield from self.query(f"select {names} from {table} where digest in ({marks})", part)

    def _upsert(self, table: str, rows: Sequence[CostRow] | Sequence[Proof]) -> None:
        """Their columns are made one row at a time: an import writes 100,000."""

        def upsert(database: Database) -> None:
            statement = _upsert_statement(table, rows[0].to_columns()[0])
            with indexes_of_many(database.conn, table, len(rows)):
                database.conn.executemany(statement, (row.to_columns()[1] for row in rows))

        if rows:
            self._write(upsert)

    def _pages(self, table: str) -> Iterator[dict[str, Any]]:
        """Records of `table` page by page: a reader that never ends would let the log of writes grow."""
        sql = f"select * from {table} where digest > ? order by digest limit {_ROWS_A_PAGE}"
        last = ""
        while page := self.query(sql, [last]):
            yield from page
            last = page[-1]["digest"]

    def _write(self, change: Callable[[Database], Result]) -> Result:
        """Result of `change`, which is done whole or not at all."""

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

        return self._run(write)

    def _run(self, operation: Callable[[Database], Result]) -> Result:
        with self._problems_told():
            try:
                return operation(self._database)
            except sqlite3.Error as error:
                if not is_corrupt(error):
                    raise
            self._database.close()
            set_aside(
                self.path
            )  # connecting reads the first pages only, and may find nothing wrong with them
            self._database = self._connect()
            return operation(self._database)

    def _connect(self) -> Database:
        """A connection to a database in order, whatever was there before."""
        try:
            return _connect(self.path, self._busy_timeout_s)
        except sqlite3.Error as error:
            if not is_corrupt(error):
                raise
        set_aside(self.path)
        return _connect(self.path, self._busy_timeout_s)

    @contextmanager
    def _problems_told(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise as_problem(error, self.path, self._busy_timeout_s) from error


def _upsert_statement(table: str, columns: Sequence[str]) -> str:
    """sqlite-utils upserts by two statements a row."""
    marks, changes = ", ".join("?" * len(columns)), (f"{name} = excluded.{name}" for name in columns)
    return (
        f"insert into {table} ({', '.join(columns)}) values ({marks}) "
        f"on conflict (digest) do update set {', '.join(changes)}"
    )


def _connect(path: Path, busy_timeout_s: float) -> Database:
    """Connection in WAL mode with the newest tables.

    Two processes that make the file at the same time can be told that it is busy without having waited (the
    change to WAL mode does not wait), so the wait is here.
    """
    deadline_s = time.monotonic() + busy_timeout_s
    while True:
        try:
            return _connect_once(path, busy_timeout_s)
        except sqlite3.Error as error:
            if not is_busy(error) or time.monotonic() > deadline_s:
                raise
            time.sleep(0.02)


def _connect_once(path: Path, busy_timeout_s: float) -> Database:
    from sqlite_utils import Database

    connection = sqlite3.connect(path, timeout=busy_timeout_s)
    try:
        connection.execute(
            "pragma page_size=16384"
        )  # of a new file: a row takes 1.7 kB, so that two would go into 4 KiB
        database = Database(connection, execute_plugins=False)
        database.enable_wal()
        connection.execute("pragma synchronous=normal")  # safe in WAL mode, and one fsync less a row
        connection.execute("pragma cache_size=-65536")  # 64 MiB at most: imports write to all indexes
        migrate(database, path)
    except BaseException:
        connection.close()
        raise
    return database
