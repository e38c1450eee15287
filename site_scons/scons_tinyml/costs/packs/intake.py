"""Import of packs into the database: rows that are new or newer, without outliers."""

from __future__ import annotations

import gc
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from scons_tinyml.costs.database import CostDatabase
from scons_tinyml.costs.outliers import Outlier, find_outliers
from scons_tinyml.costs.packs.files import Header, read_pack
from scons_tinyml.costs.packs.merge import preferred
from scons_tinyml.costs.rows import CostRow

_ATTRIBUTION = ("origin", "board", "pack_name", "pack_digest", "signer")
"""Fields that say who measured, and not what."""


@dataclass(frozen=True)
class Intake:
    """Outcome for the rows of a pack. Accepted outliers are in `outliers` and in `taken`."""

    taken: tuple[CostRow, ...]
    present: int
    """Number of rows that the database had already, equal or newer."""
    outliers: tuple[Outlier, ...]
    header: Header | None = None
    """Header of the pack that the rows came with."""


def import_packs(
    paths: Sequence[Path], database: Path, *, accept_outliers: bool = False
) -> dict[Path, Intake]:
    """Import the packs in `paths`, in this order, into the file `database`, which is made if it does not exist.

    Raises InputError with file, line and key when one of them is not valid; then nothing is imported.
    """
    with _without_collector():
        packs = [(path, read_pack(path)) for path in paths]
        with CostDatabase.open(database) as opened:
            return {
                path: replace(
                    take_in(opened, pack.attributed, accept_outliers=accept_outliers), header=pack.header
                )
                for path, pack in packs
            }


@contextmanager
def _without_collector() -> Iterator[None]:
    """Pause the garbage collector, which would scan all rows repeatedly and find no garbage."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def take_in(database: CostDatabase, rows: Sequence[CostRow], *, accept_outliers: bool = False) -> Intake:
    """Record the `rows` that are new to `database` or preferred to its own, all or none. Their keys must differ.

    Outliers are left out. With `accept_outliers` they replace rows of the database, even newer ones. The same
    measurement in another pack is of that pack from then on, unless the row was measured here or only the first pack
    is signed.
    """
    present = database.find(row.key for row in rows)
    changes = [row for row in rows if not _is_same(row, present)]
    outliers = outliers_among(database, changes)
    flagged = {outlier.row.key.digest for outlier in outliers}
    taken = tuple(
        row for row in changes if (accept_outliers if row.key.digest in flagged else _is_better(row, present))
    )
    database.record(*taken)
    left_out = 0 if accept_outliers else len(outliers)
    return Intake(taken, len(rows) - len(taken) - left_out, outliers)


def outliers_among(database: CostDatabase, rows: Sequence[CostRow]) -> tuple[Outlier, ...]:
    """Return those of `rows` that disagree with most others of their kind, among them and in `database`."""
    return find_outliers(rows, _company(database, rows))


def _is_same(row: CostRow, present: Mapping[str, CostRow]) -> bool:
    """Return whether the database has `row` already, from a source that is no worse."""
    found = present.get(row.key.digest)
    if found is None or not _is_same_measurement(row, found):
        return False
    return _rank(row) < _rank(found) or found.is_own or replace(row, origin=found.origin) == found


def _is_same_measurement(row: CostRow, found: CostRow) -> bool:
    return replace(row, **{name: getattr(found, name) for name in _ATTRIBUTION}) == found


def _is_better(row: CostRow, present: Mapping[str, CostRow]) -> bool:
    found = present.get(row.key.digest)
    if found is None or _is_same_measurement(row, found):
        return True
    if row.key.evidence == "hardware" and _rank(row) != _rank(found):
        return _rank(row) > _rank(found)
    return preferred(found, row) == row


def _rank(row: CostRow) -> int:
    """Return the order of sources. A hardware row, which may decide a verdict, is not replaced by a lower one."""
    return 2 if row.is_own else 1 if row.signer else 0


def _company(database: CostDatabase, rows: Sequence[CostRow]) -> list[CostRow]:
    """Return the rows of the database that may be of the kinds of `rows`."""
    groups = {(row.key.kernel, row.key.kernel_digest, row.key.core) for row in rows}
    return [row for group in sorted(groups) for row in database.rows_of(*group)]
