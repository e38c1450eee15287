import multiprocessing
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from threading import Timer

import pytest
import sqlite_utils  # noqa: F401 - imported before locks are timed

from scons_tinyml.costs import schema
from scons_tinyml.costs.database import CostDatabase
from scons_tinyml.records.errors import EnvironmentProblem
from support.cost_writers import ROWS_A_WRITER, write_many
from support.reachable import let_others_reach


@pytest.fixture
def path(tmp_path):
    return tmp_path / "deep" / "costs.db"


def everything(path):
    """All rows of both tables as SQLite itself sees them."""
    with closing(sqlite3.connect(path)) as connection:
        return {
            table: connection.execute(f"select digest, * from {table} order by 1").fetchall()
            for table in ("costs", "proofs")
        }


def test_rows_are_kept_and_found(path, row, proof):
    first, second, absent = row(), row(cycles=7, kernel="cmsis_nn/conv_2d_int8"), row(core="cortex-m4f")
    with CostDatabase.open(path) as database:
        database.record(first, second)
        database.record_proof(proof(), proof(5, kernel="other/kernel"))
    with CostDatabase.open(path) as database:
        assert database.find([first.key, absent.key, second.key]) == {
            first.key.digest: first,
            second.key.digest: second,
        }
        found = database.find_proofs([proof(kernel="other/kernel").key])
        assert list(found.values()) == [proof(5, kernel="other/kernel")]
        assert database.find([]) == {}
        assert database.count() == {"costs": 2, "proofs": 2}


def test_measuring_again_replaces_the_row(path, row):
    with CostDatabase.open(path) as database:
        database.record(row(cycles=1))
        database.record(row(cycles=2))
        assert list(database.find([row().key]).values()) == [row(cycles=2)]
        assert database.count()["costs"] == 1


def test_hardware_counts_no_instructions(path, row):
    measured = replace(row(evidence="hardware"), instructions=None)
    with CostDatabase.open(path) as database:
        database.record(measured)
        assert database.find([measured.key, row().key]) == {measured.key.digest: measured}


def test_more_keys_than_a_query_takes(path, row):
    rows = [row(flags=f"-O{number}") for number in range(1203)]
    with CostDatabase.open(path) as database:
        database.record(*rows)
        assert database.find([one.key for one in rows]) == {one.key.digest: one for one in rows}


def test_a_bad_row_keeps_none_of_its_company(path, row):
    bad = replace(row(kernel="b"), measured_at=None)
    with CostDatabase.open(path) as database:
        with pytest.raises(EnvironmentProblem, match="NOT NULL constraint failed"):
            database.record(row(), bad)
        assert database.count()["costs"] == 0
        database.record(row())  # the connection is still usable
        assert database.count()["costs"] == 1


def test_concurrent_writers_lose_no_row(path, row):
    """Six processes make the file at once and then write 900 rows, opening it anew for each."""
    context = multiprocessing.get_context("spawn")
    barrier = context.Barrier(6)
    workers = [context.Process(target=write_many, args=(path, n, row(), barrier)) for n in range(6)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert [worker.exitcode for worker in workers] == [0] * 6
    expected = {
        row(flags=f"{worker} {number}").key.digest for worker in range(6) for number in range(ROWS_A_WRITER)
    }
    assert {digest for digest, *_ in everything(path)["costs"]} == expected


def test_opening_waits_for_a_process_that_is_making_the_file(path, row):
    """SQLite does not wait for the lock when it changes to WAL mode, whatever the busy timeout is."""
    path.parent.mkdir()
    with closing(sqlite3.connect(path, check_same_thread=False, isolation_level=None)) as maker:
        maker.execute("create table anything (a)")
        maker.execute("begin immediate")
        release = Timer(0.3, maker.rollback)
        release.start()
        with CostDatabase.open(path, busy_timeout_s=10) as database:
            database.record(row())
            assert database.count()["costs"] == 1
        release.join()


def test_killed_in_a_write_loses_nothing_else(path, row):
    with CostDatabase.open(path) as database:
        database.record(row())
    code = (
        "import os, signal, sys; from pathlib import Path; from scons_tinyml.costs.database import CostDatabase\n"
        "database = CostDatabase.open(Path(sys.argv[1]))\n"
        "database._database.execute('begin immediate')\n"
        "database._database.execute('delete from costs')\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    killed = subprocess.run([sys.executable, "-c", code, path], env={"PYTHONPATH": ":".join(sys.path)})
    assert killed.returncode == -9
    with CostDatabase.open(path) as database:
        assert list(database.find([row().key]).values()) == [row()]


@pytest.mark.parametrize(
    "content", [b"not a database at all, not even nearly" * 100, b"SQLite format 3\0" + b"\x07" * 4080]
)
def test_a_corrupt_file_is_kept_aside(path, row, capfd, content):
    path.parent.mkdir()
    path.write_bytes(content)
    with CostDatabase.open(path) as database:
        database.record(row())
        assert database.count() == {"costs": 1, "proofs": 0}
    assert path.with_name("costs.db.corrupt-1").read_bytes() == content
    assert capfd.readouterr().err == (
        f"tinyml: warning: {path} is corrupt; it is kept as costs.db.corrupt-1 and rebuilt from measurements\n"
    )


def test_corrupt_files_are_numbered(path, capfd):
    path.parent.mkdir()
    for number in (1, 2):
        path.write_bytes(b"garbage %d" % number * 100)
        CostDatabase.open(path).close()
    kept = [path.with_name(f"costs.db.corrupt-{number}").read_bytes()[:9] for number in (1, 2)]
    assert kept == [b"garbage 1", b"garbage 2"]
    assert capfd.readouterr().err.count("warning") == 2


def damage_pages_behind_the_header(path):
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("pragma wal_checkpoint(truncate)")
        first_of_costs = connection.execute("select min(rootpage) from sqlite_master").fetchone()[0] + 1
    size = 4096
    data = path.read_bytes()
    start = (first_of_costs - 1) * size
    path.write_bytes(data[:start] + b"\xff" * (len(data) - start))


def test_corruption_that_shows_later_is_kept_aside_too(path, row, capfd):
    with CostDatabase.open(path) as database:
        database.record(*(row(flags=str(number)) for number in range(500)))
    damage_pages_behind_the_header(path)
    with CostDatabase.open(path) as database:
        assert database.find([row(flags="3").key]) == {}
        database.record(row())
        assert list(database.find([row().key]).values()) == [row()]
    assert path.with_name("costs.db.corrupt-1").exists()
    assert "is kept as costs.db.corrupt-1" in capfd.readouterr().err


def test_an_empty_file_is_an_empty_database(path, row):
    path.parent.mkdir()
    path.touch()
    with CostDatabase.open(path) as database:
        database.record(row())
    assert not path.with_name("costs.db.corrupt-1").exists()


def test_locked(path, row):
    with CostDatabase.open(path) as database:
        database.record(row())
    with closing(sqlite3.connect(path)) as holder, CostDatabase.open(path, busy_timeout_s=0.1) as database:
        holder.execute("begin immediate")
        with pytest.raises(EnvironmentProblem) as raised:
            database.record(row(cycles=2))
        assert list(database.find([row().key]).values()) == [row()]  # reading goes on
        holder.rollback()
        database.record(row(cycles=2))
    assert str(raised.value) == (
        f"{path}: another process has kept the database locked for 0.1 s\n"
        "  close the program that has it open and run the same command again; nothing is lost"
    )
    assert raised.value.exit_code == 1


WRITE_AS_NOBODY = """
import os, sys
from pathlib import Path
import sqlite_utils  # imported before the user changes, who may not be allowed to read the installation
from scons_tinyml.costs.database import CostDatabase
from scons_tinyml.records.errors import EnvironmentProblem
if os.geteuid() == 0:
    os.setgid(65534)
    os.setuid(65534)
try:
    with CostDatabase.open(Path(sys.argv[1])) as database:
        database.delete(["x"])
except EnvironmentProblem as problem:
    print(problem)
"""


def write_as_nobody(path):
    """Write as a user for whom file permissions count, which they do not for root."""
    return subprocess.run(
        [sys.executable, "-c", WRITE_AS_NOBODY, path],
        capture_output=True,
        text=True,
        env={"PYTHONPATH": ":".join(sys.path)},
    )


@pytest.fixture
def open_folder(tmp_path_factory):
    """A folder that other users reach."""
    return let_others_reach(tmp_path_factory.mktemp("shared"))


def test_read_only_file(open_folder, row):
    path = open_folder / "costs.db"
    with CostDatabase.open(path) as database:
        database.record(row())
    path.chmod(0o444)
    open_folder.chmod(0o777 if os.geteuid() == 0 else 0o755)
    shown = write_as_nobody(path)
    assert shown.stdout == (
        f"{path}: the database cannot be written (attempt to write a readonly database)\n"
        "  make the file and its folder writable: measurements are kept there\n"
    ), shown.stderr


def test_read_only_folder(open_folder):
    open_folder.chmod(0o555)
    shown = write_as_nobody(open_folder / "costs.db")
    open_folder.chmod(0o755)
    assert shown.stdout == (
        f"{open_folder}/costs.db: the database cannot be written (unable to open database file)\n"
        "  make the file and its folder writable: measurements are kept there\n"
    ), shown.stderr


def test_folder_that_cannot_be_made(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(EnvironmentProblem, match=r"file/deep: cannot be made: Not a directory"):
        CostDatabase.open(tmp_path / "file" / "deep" / "costs.db")


def test_newer_version_is_refused(path, row):
    with CostDatabase.open(path) as database:
        database.record(row())
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("insert into schema_versions values (99, 'later')")
        connection.commit()
    with pytest.raises(EnvironmentProblem) as raised:
        CostDatabase.open(path)
    assert str(raised.value) == (
        f"{path}: is of schema version 99, this version of scons-tinyml knows up to 4\n"
        "  use a newer scons-tinyml, or another database"
    )
    assert len(everything(path)["costs"]) == 1


def test_migration_keeps_rows(path, row, monkeypatch):
    with CostDatabase.open(path) as database:
        database.record(row())

    def add_column(database):
        database.table("costs").add_column("note", str)

    monkeypatch.setattr(schema, "MIGRATIONS", (*schema.MIGRATIONS, add_column))
    with CostDatabase.open(path) as database:
        assert list(database.find([row().key]).values()) == [row()]
        assert schema.version_of(database._database) == len(schema.MIGRATIONS)


def test_failed_migration_changes_nothing(path, row, monkeypatch):
    with CostDatabase.open(path) as database:
        database.record(row())
    before = everything(path)

    def fail(database):
        database.execute("delete from costs")
        raise RuntimeError("half-way")

    with monkeypatch.context() as patch:
        patch.setattr(schema, "MIGRATIONS", (*schema.MIGRATIONS, fail))
        with pytest.raises(RuntimeError):
            CostDatabase.open(path)
    assert everything(path) == before
