"""Work for processes that write to one cost database. They import it from this module."""

from __future__ import annotations

import itertools
import os
from dataclasses import replace
from multiprocessing.synchronize import Barrier
from pathlib import Path

from scons_tinyml.costs.database import CostDatabase
from scons_tinyml.costs.rows import CostRow

ROWS_A_WRITER = 150


def write_many(path: Path, worker: int, row: CostRow, barrier: Barrier) -> None:
    """Wait for all processes, then write rows that differ from `row` in their flags, and reopen the file for each."""
    barrier.wait()
    for number in range(ROWS_A_WRITER):
        with CostDatabase.open(path) as database:
            database.record(replace(row, key=replace(row.key, flags=f"{worker} {number}")))


def write_on(path: Path, worker: int, row: CostRow, barrier: Barrier, rows: int) -> None:
    """Wait for all processes, then write `rows` rows without closing the file: singly, and sometimes ten at once."""
    made = [replace(row, key=replace(row.key, flags=f"{worker} {number}")) for number in range(rows)]
    barrier.wait()
    with CostDatabase.open(path) as database:
        while made:
            count = 10 if len(made) % 7 == 0 else 1
            database.record(*made[:count])
            del made[:count]


def write_and_tell(path: Path, life: int, row: CostRow) -> None:
    """Write rows for ever, and print the number of each when it is stored."""
    with CostDatabase.open(path) as database:
        for number in itertools.count():
            database.record(replace(row, key=replace(row.key, flags=f"{life} {number}")))
            os.write(1, b"%d\n" % number)


def open_together(path: Path, barrier: Barrier) -> None:
    """Wait for all processes, then open the database and close it."""
    barrier.wait()
    CostDatabase.open(path).close()
