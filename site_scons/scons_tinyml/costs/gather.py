"""Union of cost databases, such as those of the shards of a CI job.

Of rows with the same key the greatest in a total order stays, so gathering is commutative, associative and idempotent.
The databases are trusted as the project is: what was measured with one of them counts as measured here.
"""

from __future__ import annotations

import io
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stderr
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar

from scons_tinyml.costs.database import CostDatabase
from scons_tinyml.costs.dates import fault_of, latest
from scons_tinyml.costs.outliers import disagree
from scons_tinyml.costs.rows import CostRow, Proof
from scons_tinyml.records.errors import EnvironmentProblem, InputError
from scons_tinyml.records.system_errors import require_regular

_AT_ONCE = 1000
_PARTS = ("", "-wal")
Kept = TypeVar("Kept", CostRow, Proof)


@dataclass(frozen=True)
class Gathered:
    """Numbers of rows and proofs that were taken of a database, and of those that were there, equal or newer."""

    rows: int
    proofs: int
    present: int
    apart: tuple[tuple[CostRow, CostRow], ...]
    """Rows that are kept, each with one of the same key whose cycles are more than 10 % away."""


def gather(source: Path, database: CostDatabase) -> Gathered:
    """Take the rows and proofs of the database in the file `source`, which stays as it is, into `database`.

    Those with impossible dates are left out. Raises InputError when there is no such file, EnvironmentProblem when it
    is damaged or of a newer version; what was read before the damage stays.
    """
    last, rows, proofs, seen = latest(), 0, 0, 0
    apart: list[tuple[CostRow, CostRow]] = []
    with _copy_of(source) as opened:
        dated_rows = (row for row in opened.all_rows() if fault_of(row.measured_at, last) is None)
        for page in _pages(dated_rows):
            present = database.find(row.key for row in page)
            better = _greater(page, present, row_order)
            database.record(*better)
            rows, seen = rows + len(better), seen + len(page)
            apart += _apart(page, present)
        dated_proofs = (proof for proof in opened.all_proofs() if fault_of(proof.checked_at, last) is None)
        for proven in _pages(dated_proofs):
            newer = _greater(proven, database.find_proofs(proof.key for proof in proven), proof_order)
            database.record_proof(*newer)
            proofs, seen = proofs + len(newer), seen + len(proven)
    return Gathered(rows, proofs, seen - rows - proofs, tuple(apart))


def row_order(row: CostRow) -> tuple[Any, ...]:
    """Return the place of `row` in a total order of the rows with its key; the greatest is kept.

    The newest is greatest. A hardware row, which may decide a verdict, is not replaced by one of a pack, nor a signed
    one by an unsigned one. Of two from the same second the rest has no meaning, but is total.
    """
    rank = 2 if row.is_own else 1 if row.signer else 0
    return (rank if row.key.evidence == "hardware" else 0, row.measured_at, rank, *_texts(row))


def proof_order(proof: Proof) -> tuple[Any, ...]:
    """Return the place of `proof` likewise: the newest is greatest."""
    return (proof.checked_at, *_texts(proof))


def _texts(kept: CostRow | Proof) -> tuple[str, ...]:
    return tuple(map(repr, kept.to_columns()[1]))


def _greater(
    found: Sequence[Kept], present: Mapping[str, Kept], order: Callable[[Kept], tuple[Any, ...]]
) -> list[Kept]:
    known = ((one, present.get(one.key.digest)) for one in found)
    return [one for one, other in known if other is None or order(one) > order(other)]


def _apart(found: Sequence[CostRow], present: Mapping[str, CostRow]) -> Iterator[tuple[CostRow, CostRow]]:
    for row in found:
        other = present.get(row.key.digest)
        if other is not None and disagree(row.cycles, other.cycles):
            kept, left = sorted((row, other), key=row_order, reverse=True)
            yield kept, left


def _pages(rows: Iterable[Kept]) -> Iterator[list[Kept]]:
    rest = iter(rows)
    while page := list(islice(rest, _AT_ONCE)):
        yield page


@contextmanager
def _copy_of(source: Path) -> Iterator[CostDatabase]:
    """Open a copy of `source` in this version's form. Errors name `source`."""
    if not source.exists():
        raise InputError("there is no such database", where=source)
    with TemporaryDirectory() as folder:
        copy = Path(folder, "costs.sqlite3")
        for part in _PARTS:
            file = Path(f"{source}{part}")
            require_regular(file)
            if file.exists():
                shutil.copyfile(file, f"{copy}{part}")
        try:
            with redirect_stderr(io.StringIO()):  # an old version tells of the backup of the copy
                opened = CostDatabase.open(copy, replaces_corrupt=False)
            with opened:
                yield opened
        except EnvironmentProblem as error:
            if error.where != str(copy):
                raise
            hint = "leave it out: what it lacks, the next build measures"
            raise EnvironmentProblem(error.problem, where=source, hint=hint) from None
