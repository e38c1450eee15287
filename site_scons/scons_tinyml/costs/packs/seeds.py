"""Seeds: rows that come with the kernels, in `kernels/costs/<board>.jsonl`, so that a first build need not measure.

Each line is a row, sorted by digest, so that git shows and merges changes row by row. A seed that is out of date does
no harm: a build finds only rows whose key has its compiler, flags, sources and timing version. There are no proofs
among the seeds: every build proves kernels with its own weights. Hardware rows among them do not decide a verdict
without consent, as those of a pack: a change of a file in a pull request is no measurement.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

from scons_tinyml.costs.database import CostDatabase
from scons_tinyml.costs.packs.files import loose_text, read_loose
from scons_tinyml.costs.packs.merge import merged
from scons_tinyml.costs.rows import MEASURED_HERE, CostRow

FOLDER = "costs"
"""Name of the folder of seeds, beside the kernel sets."""


def seed_files(kernels: Iterable[Path]) -> list[Path]:
    """Return the files of seeds in `kernels`, the folders of kernel sets, sorted by name in each."""
    return [path for folder in kernels for path in sorted((folder / FOLDER).glob("*.jsonl"))]


def load_seeds(database: CostDatabase, kernels: Iterable[Path]) -> int:
    """Record the seeds of `kernels`, folders of kernel sets, whose keys are not in `database`; return their number.

    The files of all boards are loaded, because boards share rows. Raises InputError with file, line and key for a
    line that is damaged or was left over by a merge.
    """
    rows = merged(*map(_attributed, seed_files(kernels)))
    present = database.find(row.key for row in rows)
    absent = [row for row in rows if row.key.digest not in present]
    database.record(*absent)
    return len(absent)


def seeds_text(rows: Iterable[CostRow]) -> str:
    """Return `rows` as the lines of a file of seeds.

    Rows that were seeds are again rows of whoever has the file: a file that is made again from a database that loaded
    it does not change.
    """
    return loose_text(
        replace(row, origin=MEASURED_HERE) if row.origin == row.pack_name else row for row in rows
    )


def _attributed(path: Path) -> tuple[CostRow, ...]:
    """Return the rows of the file `path`, with its name and digest in place of those of a pack."""
    rows = read_loose(path)
    digest = sha256(path.read_bytes()).hexdigest()
    return tuple(replace(row, pack_name=f"seeds {path.stem}", pack_digest=digest) for row in rows)
