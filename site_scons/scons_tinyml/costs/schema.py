"""Tables of the cost database, one function a version: a new version is a new function at the end."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from scons_tinyml.costs.backup import back_up
from scons_tinyml.costs.dates import utc_now
from scons_tinyml.costs.rows import MEASURED_HERE
from scons_tinyml.records.errors import EnvironmentProblem

if TYPE_CHECKING:
    from sqlite_utils import Database

Columns = dict[str, type[str] | type[int]]

_KEY: Columns = {"kernel": str, "kernel_digest": str, "compiler": str, "flags": str, "core": str}


def _first_tables(database: Database) -> None:
    costs: Columns = {"digest": str, "operator": str, "number_type": str, "attributes": str, **_KEY}
    costs |= {"memory": str, "evidence": str, "timing_version": str}
    costs |= {"cycles": int, "instructions": int, "measured_at": str, "tool_version": str}
    optional = {"instructions"}
    database.table("costs").create(costs, pk="digest", not_null=set(costs) - optional, strict=True)
    proofs: Columns = {"digest": str, "layer_digest": str, **_KEY, "oracle": str}
    proofs |= {"compared_bytes": int, "differing_bytes": int, "max_ulps": int, "fault": str}
    proofs |= {"checked_at": str, "tool_version": str}
    database.table("proofs").create(proofs, pk="digest", not_null=set(proofs) - {"fault"}, strict=True)


def _origins_and_indexes(database: Database) -> None:
    """Add the origin of rows, and the indexes that lists and look-ups use."""
    database.execute(f"alter table costs add column origin text not null default '{MEASURED_HERE}'")
    database.execute("alter table costs add column board text not null default ''")
    for table, *columns in (
        ("costs", "kernel", "core", "measured_at"),
        *(("costs", column, "measured_at") for column in ("core", "operator", "board")),
        ("costs", "measured_at"),
        ("proofs", "kernel_digest", "core"),
    ):
        database.execute(f"create index {table}_by_{'_'.join(columns)} on {table} ({', '.join(columns)})")


def _code_and_objects(database: Database) -> None:
    """Add the digest of generated code, a part of the keys, and that of the objects that ran.

    Older rows have neither. Their digests belong to other keys, so no build finds them.
    """
    for table in ("costs", "proofs"):
        for column in ("code_digest", "object_digest"):
            database.execute(f"alter table {table} add column {column} text not null default ''")


def _packs_and_signers(database: Database) -> None:
    """Add the pack that a row came with, and who has signed it.

    Rows that were imported before have the name alone: of the digest, their origin has only the beginning.
    """
    for column in ("pack_name", "pack_digest", "signer"):
        database.execute(f"alter table costs add column {column} text not null default ''")
    database.execute(
        "update costs set pack_name = case when origin like 'pack %' "
        "then substr(origin, 6, instr(substr(origin, 6), ' ') - 1) else origin end where origin <> ?",
        [MEASURED_HERE],
    )


MIGRATIONS: tuple[Callable[[Database], None], ...] = (
    _first_tables,
    _origins_and_indexes,
    _code_and_objects,
    _packs_and_signers,
)


def version_of(database: Database) -> int:
    """Return the version of the tables in `database`, 0 when it has none."""
    if not database.table("schema_versions").exists():
        return 0
    return int(database.execute("select max(version) from schema_versions").fetchone()[0] or 0)


def migrate(database: Database, path: Path) -> None:
    """Bring the tables of `database`, the file `path`, to the newest version, completely or not at all.

    A database of an older version is copied first. Raises EnvironmentProblem for a database of a newer version,
    and when the copy cannot be written.
    """
    if version_of(database) == len(MIGRATIONS):
        return
    database.execute(
        "begin immediate"
    )  # another process may have migrated meanwhile, so the version is read again
    try:
        _apply(database, version_of(database), path)
        database.commit()
    except BaseException:
        database.rollback()
        raise


def _apply(database: Database, version: int, path: Path) -> None:
    if version < 0:
        raise EnvironmentProblem(f"is of schema version {version}, which there is not", where=path)
    if version > len(MIGRATIONS):
        raise EnvironmentProblem(
            f"is of schema version {version}, this version of scons-tinyml knows up to {len(MIGRATIONS)}",
            where=path,
            hint="use a newer scons-tinyml, or another database",
        )
    versions = database.table("schema_versions")
    if version == 0:
        versions.create({"version": int, "applied_at": str}, pk="version", strict=True)
    elif version < len(MIGRATIONS):
        back_up(path, version)
    for number, change in enumerate(MIGRATIONS[version:], start=version + 1):
        change(database)
        versions.insert({"version": number, "applied_at": utc_now()})
