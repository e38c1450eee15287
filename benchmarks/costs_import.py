"""Time of `tinyml costs import`, as a ratio to inserting the same rows with plain sqlite3 and nothing else.

    python benchmarks/costs_import.py [--rows 100000]

The import checks every row (schema, digests, core, outliers); the goal is less than 10 s for 100,000 rows.
"""

from __future__ import annotations

import argparse
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "site_scons"))

from scons_tinyml.costs.dates import utc_now  # noqa: E402
from scons_tinyml.costs.packs.files import pack_text, read_loose  # noqa: E402
from scons_tinyml.costs.packs.intake import import_packs  # noqa: E402
from scons_tinyml.costs.packs.seeds import seed_files  # noqa: E402
from scons_tinyml.costs.rows import CostRow  # noqa: E402


def main() -> None:
    """Make a pack, import it twice, insert its rows by plain SQL, print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=int, default=100_000)
    count = parser.parse_args().rows
    with tempfile.TemporaryDirectory() as folder:
        pack = Path(folder, "pack.jsonl")
        pack.write_text(pack_text(many(count), "benchmark", utc_now()))
        database = Path(folder, "costs.sqlite3")
        first_s = seconds(lambda: import_packs([pack], database))
        again_s = seconds(lambda: import_packs([pack], database))
        plain_s = seconds(lambda: insert_plainly(database, Path(folder, "plain.sqlite3")))
    print(f"{count:,} rows: {first_s:.2f} s, {again_s:.2f} s when all are there already")
    print(f"plain sqlite3: {plain_s:.2f} s, ratio {first_s / plain_s:.1f}")


def many(count: int) -> list[CostRow]:
    """Return rows like the shipped ones, each for another layer."""
    shipped = [row for path in seed_files([ROOT / "kernels"]) for row in read_loose(path)]
    return [numbered(shipped[number % len(shipped)], number) for number in range(count)]


def numbered(row: CostRow, number: int) -> CostRow:
    """Return `row` for another layer."""
    attributes = (*row.key.attributes, ("variant", number))
    return replace(row, key=replace(row.key, attributes=tuple(sorted(attributes))))


def insert_plainly(source: Path, target: Path) -> None:
    """Insert the rows of `source`, in one transaction, into a table that has only its primary key as index."""
    with closing(sqlite3.connect(source)) as old:
        rows = old.execute("select * from costs").fetchall()
    marks = ", ".join("?" * len(rows[0]))
    columns = ", ".join(f"c{number}" for number in range(1, len(rows[0])))
    with closing(sqlite3.connect(target)) as new:
        new.execute(f"create table costs (digest text primary key, {columns})")
        new.executemany(f"insert into costs values ({marks})", rows)
        new.commit()


def seconds(work: Callable[[], None]) -> float:
    """Return the wall time of one run."""
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


if __name__ == "__main__":
    main()
