"""Work for processes that write a cost database together; in a module of its own, so that they can import it."""

from __future__ import annotations

from dataclasses import replace
from multiprocessing.synchronize import Barrier
from pathlib import Path

from scons_tinyml.costs.database import CostDatabase
from scons_tinyml.costs.rows import CostRow

ROWS_A_WRITER = 150


def write_many(path: Path, worker: int, row: CostRow, barrier: Barrier) -> None:
    """Once all are there, write rows that differ from `row` in their flags, opening the file anew for each."""
    barrier.wait()
    for number in range(ROWS_A_WRITER):
        with CostDatabase.open(path) as database:
            database.record(replace(row, key=replace(row.key, flags=f"{worker} {number}")))


def open_together(path: Path, barrier: Barrier) -> None:
    """Once all are there, open the database and close it."""
    barrier.wait()
    CostDatabase.open(path).close()
