"""Writing many rows does without the indexes for a while, and nobody can tell."""

import pickle
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import replace

import pytest

from scons_tinyml.costs import indexes
from scons_tinyml.costs.database import CostDatabase


@pytest.fixture
def path(tmp_path):
    return tmp_path / "costs.db"


@pytest.fixture(autouse=True)
def few_are_many(monkeypatch):
    monkeypatch.setattr(indexes, "MANY_ROWS", 10)


def indexes_of(path):
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("pragma integrity_check").fetchall() == [("ok",)]
        return connection.execute("select name, sql from sqlite_master where type = 'index'").fetchall()


def rows_of(row, count, name=""):
    return [row(flags=f"{name}{number}") for number in range(count)]


@pytest.mark.parametrize(("present", "written", "dropped"), [(0, 10, 5), (10, 10, 5), (11, 10, 0), (0, 9, 0)])
def test_indexes_are_made_anew_only_for_many_rows(path, row, present, written, dropped):
    with CostDatabase.open(path) as database:
        for number in range(present):
            database.record(row(flags=str(number)))
        before, statements = indexes_of(path), []
        database._database.conn.set_trace_callback(statements.append)
        database.record(*rows_of(row, written, "new "))
        assert sorted(indexes_of(path)) == sorted(before)
        assert sum(statement.startswith("drop index") for statement in statements) == dropped
        assert database.count()["costs"] == present + written


def test_a_row_that_cannot_be_written_leaves_rows_and_indexes(path, row):
    with CostDatabase.open(path) as database:
        database.record(row())
        before = indexes_of(path)
        with pytest.raises(OverflowError):
            database.record(*rows_of(row, 20), replace(row(flags="last"), cycles=2**70))
        assert list(database.all_rows()) == [row()]
    assert indexes_of(path) == before


KILLED = """
import os, pickle, signal, sys
from pathlib import Path
from scons_tinyml.costs import indexes
from scons_tinyml.costs.database import CostDatabase

class Sent(tuple):
    def __iter__(self):
        yield from tuple.__iter__(self)
        os.kill(os.getpid(), signal.SIGKILL)

indexes.MANY_ROWS = 10
with CostDatabase.open(Path(sys.argv[1])) as database:
    database._upsert("costs", Sent(pickle.loads(bytes.fromhex(sys.argv[2]))))
"""


def test_killed_without_indexes(path, row):
    with CostDatabase.open(path) as database:
        database.record(row())
    before = indexes_of(path)
    sent = pickle.dumps(rows_of(row, 200)).hex()
    killed = subprocess.run(
        [sys.executable, "-c", KILLED, path, sent], env={"PYTHONPATH": ":".join(sys.path)}, check=False
    )
    assert killed.returncode == -signal.SIGKILL
    assert indexes_of(path) == before
    with CostDatabase.open(path) as database:
        assert list(database.all_rows()) == [row()]
