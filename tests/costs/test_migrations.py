"""An old database is brought to this version in place, after a copy; whatever happens, no row is lost."""

import multiprocessing
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import fields, replace
from hashlib import sha256

import pytest

from scons_tinyml.costs import schema
from scons_tinyml.costs.database import CostDatabase
from scons_tinyml.costs.key import CostKey, canonical_json
from scons_tinyml.costs.rows import MEASURED_HERE
from scons_tinyml.records.errors import EnvironmentProblem
from support.cost_rows import LOCAL_COLUMNS
from support.cost_writers import open_together

NEW = ("origin", "board", "code_digest", "object_digest", *LOCAL_COLUMNS)
"""Columns that version 1 did not have."""
VERSION_1 = """
create table schema_versions (version integer primary key, applied_at text) strict;
insert into schema_versions values (1, '2024-01-01T00:00:00+00:00');
create table costs (
    digest text primary key not null, operator text not null, number_type text not null,
    attributes text not null, kernel text not null, kernel_digest text not null, compiler text not null,
    flags text not null, core text not null, memory text not null, evidence text not null,
    timing_version text not null, cycles integer not null, instructions integer, measured_at text not null,
    tool_version text not null
) strict;
create table proofs (
    digest text primary key not null, layer_digest text not null, kernel text not null,
    kernel_digest text not null, compiler text not null, flags text not null, core text not null,
    oracle text not null, compared_bytes integer not null, differing_bytes integer not null,
    max_ulps integer not null, fault text, checked_at text not null, tool_version text not null
) strict;
"""


@pytest.fixture
def rows(row):
    """As they are read after the upgrade: version 1 did not say which object ran."""
    return [replace(row(cycles=number, flags=f"-O{number}"), object_digest="") for number in range(1, 1501)]


@pytest.fixture
def old_proof(proof):
    return replace(proof(), object_digest="")


def of_version_1(found):
    """The record that version 1 wrote, but for its digest, which it made of a key without what was generated."""
    return {name: value for name, value in found.to_record().items() if name not in NEW}


@pytest.fixture
def old(tmp_path, rows, old_proof):
    """A database as version 1 wrote it."""
    path = tmp_path / "costs.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("pragma journal_mode=wal")
        connection.executescript(VERSION_1)
        for table, content in (
            ("costs", list(map(of_version_1, rows))),
            ("proofs", [of_version_1(old_proof)]),
        ):
            marks = ", ".join(f":{column}" for column in content[0])
            connection.executemany(f"insert into {table} ({', '.join(content[0])}) values ({marks})", content)
        connection.commit()
    return path


def everything(path):
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("pragma integrity_check").fetchall() == [("ok",)]
        return {
            table: connection.execute(f"select * from {table} order by 1").fetchall()
            for table in ("schema_versions", "costs", "proofs")
        }


def files_in(folder):
    return sorted(path.name for path in folder.iterdir())


def test_an_old_database_is_upgraded_after_a_copy(old, rows, old_proof, capfd):
    before = everything(old)
    with CostDatabase.open(old) as database:
        assert database.find([row.key for row in rows]) == {row.key.digest: row for row in rows}
        assert database.find_proofs([old_proof.key]) == {old_proof.key.digest: old_proof}
        assert schema.version_of(database._database) == len(schema.MIGRATIONS)
    assert everything(old.with_name("costs.db.backup-v1")) == before
    assert files_in(old.parent) == ["costs.db", "costs.db.backup-v1"]
    assert capfd.readouterr().err == (
        f"tinyml: note: {old} is brought to a new version; the old one is costs.db.backup-v1\n"
    )


def test_no_build_finds_a_row_of_before(old, rows):
    """The keys of version 2 and before knew nothing of what is generated, so that their digests were others."""
    with closing(sqlite3.connect(old)) as connection:
        for row in rows:
            key = {name: value for name, value in vars(row.key).items() if name in fields_before()}
            digest = sha256(canonical_json(key).encode()).hexdigest()
            assert digest != row.key.digest
            connection.execute("update costs set digest = ? where digest = ?", [digest, row.key.digest])
        connection.commit()
    with CostDatabase.open(old) as database:
        assert database.find([row.key for row in rows]) == {}
        assert database.count()["costs"] == len(rows)


def fields_before():
    return {field.name for field in fields(CostKey)} - {"code_digest"}


def test_the_copy_is_made_once(old, capfd):
    CostDatabase.open(old).close()
    made = old.with_name("costs.db.backup-v1").stat()
    CostDatabase.open(old).close()
    assert files_in(old.parent) == ["costs.db", "costs.db.backup-v1"]
    assert old.with_name("costs.db.backup-v1").stat() == made
    assert capfd.readouterr().err.count("note") == 1


def test_a_copy_of_another_day_stays(old):
    """It may be all that is left of another database."""
    other = old.with_name("costs.db.backup-v1")
    other.write_text("of another day")
    CostDatabase.open(old).close()
    assert other.read_text() == "of another day"
    assert len(everything(old.with_name("costs.db.backup-v1-2"))["costs"]) == 1500


def test_a_new_database_needs_no_copy(tmp_path, capfd):
    CostDatabase.open(tmp_path / "costs.db").close()
    assert files_in(tmp_path) == ["costs.db"]
    assert capfd.readouterr().err == ""


def test_a_copy_opens_as_a_database(old, rows):
    CostDatabase.open(old).close()
    with CostDatabase.open(old.with_name("costs.db.backup-v1")) as database:
        assert list(database.find([rows[7].key]).values()) == [rows[7]]


def test_rows_that_a_process_of_the_old_version_still_writes(old, row):
    """It began before the upgrade and does not know the new columns."""
    CostDatabase.open(old).close()
    late = replace(row(core="cortex-m4f"), object_digest="")
    record = of_version_1(late)
    with closing(sqlite3.connect(old)) as connection:
        columns, marks = ", ".join(record), ", ".join(f":{column}" for column in record)
        connection.execute(f"insert into costs ({columns}) values ({marks})", record)
        connection.commit()
    with CostDatabase.open(old) as database:
        found = database.find([late.key])[late.key.digest]
    assert (found, found.origin, found.board) == (late, MEASURED_HERE, "")


KILLED = """
import os, signal, sys
from pathlib import Path
from scons_tinyml.costs import backup, schema
from scons_tinyml.costs.database import CostDatabase

def kill(*_):
    os.kill(os.getpid(), signal.SIGKILL)

def kill_after(function):
    def called(*arguments):
        function(*arguments)
        kill()
    return called

moment = sys.argv[2]
if moment == "in the copy":
    backup.os.replace = kill
elif moment == "after the copy":
    schema.back_up = kill_after(schema.back_up)
elif moment == "after the change":
    schema.MIGRATIONS = (schema.MIGRATIONS[0], kill_after(schema.MIGRATIONS[1]))
CostDatabase.open(Path(sys.argv[1]))
"""


@pytest.mark.parametrize("moment", ["in the copy", "after the copy", "after the change"])
def test_an_interrupted_upgrade_loses_nothing(old, moment, rows):
    before = everything(old)
    done = subprocess.run(
        [sys.executable, "-c", KILLED, old, moment], env={"PYTHONPATH": ":".join(sys.path)}, check=False
    )
    assert done.returncode == -9
    assert everything(old) == before
    with CostDatabase.open(old) as database:
        assert database.count() == {"costs": 1500, "proofs": 1}
        assert sorted(row.cycles for row in database.all_rows()) == [row.cycles for row in rows]
    copies = [name for name in files_in(old.parent) if name != "costs.db"]
    assert "costs.db.backup-v1" in copies
    assert set(copies) <= {"costs.db.backup-v1", "costs.db.backup-v1-2"}
    assert all(everything(old.with_name(name)) == before for name in copies)


def test_no_copy_no_upgrade(old, monkeypatch):
    before = everything(old)
    monkeypatch.setattr("os.replace", fail_with_full_disk)
    with pytest.raises(EnvironmentProblem) as raised:
        CostDatabase.open(old)
    assert str(raised.value) == (
        f"{old}.backup-v1: the database cannot be copied: No space left on device\n"
        "  it is copied before it is brought to a new version, and has not been changed"
    )
    assert everything(old) == before
    assert files_in(old.parent) == ["costs.db"]


def fail_with_full_disk(*_):
    raise OSError(28, "No space left on device")


def test_processes_that_upgrade_together_copy_once(old):
    context = multiprocessing.get_context("spawn")
    barrier = context.Barrier(4)
    workers = [context.Process(target=open_together, args=(old, barrier)) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert [worker.exitcode for worker in workers] == [0] * 4
    assert files_in(old.parent) == ["costs.db", "costs.db.backup-v1"]
    assert len(everything(old)["costs"]) == 1500


def test_all_rows_come_in_the_order_of_their_digests(tmp_path, rows):
    with CostDatabase.open(tmp_path / "costs.db") as database:
        database.record(*rows)
        assert list(database.all_rows()) == sorted(rows, key=lambda row: row.key.digest)
        seen = 0
        for row in database.all_rows():  # deleting what was seen does not disturb the rest
            seen += database.delete([row.key.digest])
        assert (seen, database.count()["costs"]) == (1500, 0)


def test_delete_takes_rows_and_proofs(tmp_path, row, proof):
    with CostDatabase.open(tmp_path / "costs.db") as database:
        database.record(row(), row(core="cortex-m4f"))
        database.record_proof(proof())
        assert database.delete([row().key.digest, proof().key.digest, "absent"]) == 2
        assert list(database.all_rows()) == [row(core="cortex-m4f")]
        assert list(database.all_proofs()) == []
        assert database.delete([]) == 0


def test_origin_and_board_are_kept_and_no_part_of_the_key(tmp_path, row):
    imported = replace(row(), origin="pack team 0123456789ab", board="stm32l1")
    with CostDatabase.open(tmp_path / "costs.db") as database:
        database.record(row())
        database.record(imported)
        assert list(database.all_rows()) == [imported]


VERSION_3_ORIGINS = {
    "measured here": "",
    "pack team 0123456789ab": "team",
    "seeds stm32l4": "seeds stm32l4",
}


def test_rows_that_came_before_signatures_keep_the_name_of_their_pack(tmp_path, row, monkeypatch):
    """Their origin had 12 digits of the digest: too few to be trusted by it, so that their packs are imported again."""
    path = tmp_path / "costs.db"
    old = {origin: replace(row(flags=origin), origin=origin) for origin in VERSION_3_ORIGINS}
    with monkeypatch.context() as patch:
        patch.setattr(schema, "MIGRATIONS", schema.MIGRATIONS[:3])
        with CostDatabase.open(path) as database:
            records = [
                {name: value for name, value in found.to_record().items() if name not in LOCAL_COLUMNS}
                for found in old.values()
            ]
            database._database.table("costs").insert_all(records)
    before = everything(path)
    with CostDatabase.open(path) as database:
        assert {found.origin: found for found in database.all_rows()} == {
            origin: replace(found, pack_name=VERSION_3_ORIGINS[origin]) for origin, found in old.items()
        }
        assert [found.is_own for found in database.all_rows()].count(True) == 1
    assert everything(path.with_name("costs.db.backup-v3")) == before
