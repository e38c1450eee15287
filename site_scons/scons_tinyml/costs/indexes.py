"""Indexes while many rows are written: made anew after that, they take half the time of keeping them up to date."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

MANY_ROWS = 10_000
"""Least number of rows for which dropping the indexes is worth it."""


@contextmanager
def indexes_of_many(connection: sqlite3.Connection, table: str, rows: int) -> Iterator[None]:
    """Drop the indexes of `table` while `rows` rows are written to it, if that is quicker.

    To be used in a transaction, of which this is a part: nobody else sees the table without its indexes, and they
    are there again when the transaction is rolled back, or its process killed. The primary key stays.
    """
    many = rows >= MANY_ROWS and rows >= _count(connection, table)
    indexes = _indexes(connection, table) if many else []
    for name, _ in indexes:
        connection.execute(f"drop index {name}")
    yield
    for _, statement in indexes:
        connection.execute(statement)


def _indexes(connection: sqlite3.Connection, table: str) -> list[tuple[str, str]]:
    """Names, and the statements that make them; the index of the primary key has none."""
    found = "select name, sql from sqlite_master where type = 'index' and tbl_name = ? and sql is not null"
    return connection.execute(found, [table]).fetchall()


def _count(connection: sqlite3.Connection, table: str) -> int:
    return int(connection.execute(f"select count(*) from {table}").fetchone()[0])
