"""Indexes during the writing of many rows: making them anew takes half the time of updating them row by row."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

MANY_ROWS = 10_000
"""Least number of rows for which the indexes are dropped."""


@contextmanager
def indexes_of_many(connection: sqlite3.Connection, table: str, rows: int) -> Iterator[None]:
    """Drop the indexes of `table` while `rows` rows are written to it, if that is quicker; then make them again.

    The caller holds a transaction, so no other connection sees the table without indexes, and a rollback or a kill
    restores them. The primary key stays.
    """
    many = rows >= MANY_ROWS and rows >= _count(connection, table)
    indexes = _indexes(connection, table) if many else []
    for name, _ in indexes:
        connection.execute(f"drop index {name}")
    yield
    for _, statement in indexes:
        connection.execute(statement)


def _indexes(connection: sqlite3.Connection, table: str) -> list[tuple[str, str]]:
    """Return names of indexes with the statements that make them. The index of the primary key has no statement."""
    found = "select name, sql from sqlite_master where type = 'index' and tbl_name = ? and sql is not null"
    return connection.execute(found, [table]).fetchall()


def _count(connection: sqlite3.Connection, table: str) -> int:
    return int(connection.execute(f"select count(*) from {table}").fetchone()[0])
