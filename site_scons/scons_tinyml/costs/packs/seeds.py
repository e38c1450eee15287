"""Rows that come with the kernels, so that a first build need not measure: `kernels/costs/<board>.jsonl`.

Loose rows, one a line, sorted by digest: git shows, and merges, what changed row by row. Only a row whose key is the
wanted one to the last byte of compiler, flags, sources and timing version is ever found, so a seed that is out of
date does no harm. Proofs are not among them: that the bytes are right is shown again for the weights at hand.
"""

from __future__ import annotations

from pathlib import Path

from scons_tinyml.costs.database import CostDatabase
from scons_tinyml.costs.packs.files import read_loose
from scons_tinyml.costs.packs.merge import merged

FOLDER = "costs"
"""Beside the kernel sets."""


def seed_files(kernels: Path) -> list[Path]:
    """The files of seeds in the folder of the kernel sets, by name."""
    return sorted((kernels / FOLDER).glob("*.jsonl"))


def load_seeds(database: CostDatabase, kernels: Path) -> int:
    """Record those rows of the seeds of `kernels` that `database` has no row for; how many there were.

    All boards' files are loaded: boards share rows, and a board of one's own may share them too. Raises InputError
    with file, line and key for a line that is damaged or was left over by a merge.
    """
    rows = merged(*(read_loose(path) for path in seed_files(kernels)))
    present = database.find(row.key for row in rows)
    absent = [row for row in rows if row.key.digest not in present]
    database.record(*absent)
    return len(absent)
