"""Databases of anybody: plain tables are read, everything else is refused, and nothing is endless."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from scons_tinyml.costs.connection import StepLimit, connect
from scons_tinyml.costs.database import CostDatabase
from scons_tinyml.costs.inspect import inspect
from scons_tinyml.costs.problems import as_problem
from scons_tinyml.costs.rows import CostRow
from scons_tinyml.records.errors import EnvironmentProblem, InputError

MakeRow = Callable[..., CostRow]
ENDLESS = "with recursive n(i) as (select 1 union all select i + 1 from n) select i from n"
OURS = "create table costs (digest text primary key not null) strict"
CHANGES = {
    f"create view v as {ENDLESS}": "has a view, 'v', expected tables and indexes only",
    "create trigger t before insert on costs begin select 1; end": "has a trigger, 't'",
    "create virtual table f using fts5(text)": "table 'f' computes its values, expected a plain one",
    "alter table costs add column more integer as (length(zeroblob(900000000)))": "table 'costs' has generated columns",
    "create index i on costs (hex(flags))": "table 'costs' has an index of an expression",
    "create index i on costs (core) where cycles > 1": "table 'costs' has an index with a condition",
    "create table other (a check (length(a) > 1))": "table 'other' computes its values",
    "update schema_versions set version = version - 100": "is of schema version -96, which there is not",
    "delete from schema_versions": "there is already a table",
    "drop table costs": "no such table: costs",
}


def changed(path: Path, *statements: str) -> Path:
    """A database of this version with `statements` run on it."""
    CostDatabase.open(path).close()
    with closing(sqlite3.connect(path)) as connection:
        for statement in statements:
            connection.execute(statement)
        connection.commit()
    return path


@pytest.mark.parametrize(("statement", "message"), CHANGES.items())
def test_a_changed_schema_is_refused(tmp_path: Path, statement: str, message: str) -> None:
    path = changed(tmp_path / "costs.db", statement)
    if statement.startswith("delete"):
        message = "cannot be used"
    with pytest.raises(EnvironmentProblem, match=message) as found, CostDatabase.open(path) as database:
        database.count()
    assert str(path) in str(found.value)


def test_a_hundred_objects_at_the_most(tmp_path: Path) -> None:
    path = changed(tmp_path / "costs.db", *(f"create table t{number} (a)" for number in range(101)))
    with pytest.raises(EnvironmentProblem, match="has more than 100 tables and indexes"):
        CostDatabase.open(path)
    with pytest.raises(EnvironmentProblem, match="has more than 100 tables and indexes"):
        inspect(path)


def test_tables_and_indexes_of_others_are_left_alone(tmp_path: Path, row: MakeRow) -> None:
    path = changed(
        tmp_path / "costs.db", "create table notes (text)", "create index mine on costs (flags)", "analyze"
    )
    with CostDatabase.open(path) as database:
        database.record(row())
        assert database.count() == {"costs": 1, "proofs": 0}
    assert inspect(path).costs == 1


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("attributes", "'['"),
        ("attributes", "'[1]'"),
        ("attributes", "'" + "[" * 2000 + "'"),
        ("cycles", "0"),
        ("cycles", "-9223372036854775808"),
        ("attributes", "'3'"),
    ],
)
def test_a_damaged_row_is_named(tmp_path: Path, row: MakeRow, column: str, value: str) -> None:
    path = tmp_path / "costs.db"
    with CostDatabase.open(path) as database:
        database.record(row())
    changed(path, f"update costs set {column} = {value}")
    with (
        pytest.raises(EnvironmentProblem, match=f"costs.db: row {row().key.digest} is damaged: "),
        CostDatabase.open(path) as database,
    ):
        list(database.all_rows())


def test_a_value_of_many_bytes_is_not_read(tmp_path: Path, row: MakeRow) -> None:
    path = tmp_path / "costs.db"
    with CostDatabase.open(path) as database:
        database.record(row())
    changed(path, "update costs set flags = hex(zeroblob(3000000))")
    with pytest.raises(EnvironmentProblem, match="too big"), CostDatabase.open(path) as database:
        list(database.all_rows())


def test_a_query_without_end_is_ended(tmp_path: Path) -> None:
    """A file whose pages refer to each other looks like this to SQLite."""
    path = tmp_path / "costs.db"
    connection, steps = connect(path, 1.0)
    with closing(connection), pytest.raises(sqlite3.OperationalError) as found:
        connection.execute(f"select count(*) from ({ENDLESS})").fetchone()
    assert "takes more steps than one of its size can need" in str(as_problem(found.value, path, 1.0))
    assert isinstance(steps, StepLimit)


def test_each_operation_has_steps_of_its_own(tmp_path: Path) -> None:
    path = tmp_path / "costs.db"
    connection, steps = connect(path, 1.0)
    finite = f"select count(*) from ({ENDLESS} limit 500000)"
    with closing(connection):
        for _ in range(10):
            steps.begin()
            assert connection.execute(finite).fetchone() == (500_000,)
        with pytest.raises(sqlite3.OperationalError, match="interrupted"):
            for _ in range(10):
                connection.execute(finite).fetchone()
        steps.begin(rows=1_000_000)
        for _ in range(10):
            connection.execute(finite).fetchone()


def test_only_regular_files_are_opened(tmp_path: Path) -> None:
    (tmp_path / "folder-journal").mkdir()
    with pytest.raises(InputError, match="folder-journal: is a folder, not a file"):
        CostDatabase.open(tmp_path / "folder")
    with pytest.raises(InputError, match="/dev/zero: is a device, not a file"):
        connect(Path("/dev/zero"), 1.0)
