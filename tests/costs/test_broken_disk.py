"""A disk that is full, too small or read-only: one message that names the file, and nothing lost."""

import subprocess
import sys

import pytest

from scons_tinyml.costs import schema
from scons_tinyml.costs.database import CostDatabase
from scons_tinyml.records.errors import EnvironmentProblem
from support.cost_rows import LOCAL_COLUMNS
from support.reachable import let_others_reach

ROOM = "  make room on the disk and run the same command again; nothing that was kept before is lost"
FEW_BYTES = 64 * 1024


@pytest.fixture
def path(tmp_path):
    return tmp_path / "costs.db"


def fill(database, row, first=0):
    """Write rows until the disk takes no more; how many were kept, and the problem."""
    for number in range(first, first + 5000):
        try:
            database.record(row(flags=f"{number} {'x' * 200}"))
        except EnvironmentProblem as problem:
            return number - first, problem
    raise AssertionError("the disk never was full")


def test_full_disk(path, row):
    with CostDatabase.open(path) as database:
        database._database.execute("pragma max_page_count = 60")
        kept, problem = fill(database, row)
        assert str(problem) == f"{path}: the disk is full\n{ROOM}"
        assert database.count()["costs"] == kept > 0  # reading goes on
        database._database.execute("pragma max_page_count = 1000")
        database.record(row())  # and so does writing, once there is room
    with CostDatabase.open(path) as database:
        assert database.count()["costs"] == kept + 1


def test_of_many_rows_none_is_kept_when_the_disk_is_full(path, row):
    with CostDatabase.open(path) as database:
        database.record(row())
        database._database.execute("pragma max_page_count = 60")
        with pytest.raises(EnvironmentProblem, match="the disk is full"):
            database.record(*(row(flags=str(number)) for number in range(3000)))
        assert list(database.all_rows()) == [row()]


LIMITED = """
import resource, sys
from pathlib import Path
import sqlite_utils
from scons_tinyml.costs.database import CostDatabase
from scons_tinyml.costs.rows import CostRow
from scons_tinyml.records.errors import EnvironmentProblem
path, size = Path(sys.argv[1]), int(sys.argv[2])
resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
try:
    with CostDatabase.open(path) as database:
        row = next(database.all_rows())
        while True:
            object.__setattr__(row.key, "flags", row.key.flags + "x")
            row.key.__dict__.pop("digest", None)
            database.record(row)
except EnvironmentProblem as problem:
    print(problem)
"""


def limited(path, size):
    """What a process says that may make no file larger than `size`, and writes rows until that is reached."""
    done = subprocess.run(
        [sys.executable, "-c", LIMITED, path, str(size)],
        capture_output=True,
        text=True,
        env={"PYTHONPATH": ":".join(sys.path), "PYTHONDONTWRITEBYTECODE": "1"},
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_file_that_cannot_grow(path, row):
    with CostDatabase.open(path) as database:
        database.record(*(row(core=str(number)) for number in range(200)))
    size = path.stat().st_size
    assert limited(path, size + FEW_BYTES) == f"{path}: the disk does not take it (disk I/O error)\n{ROOM}\n"
    with CostDatabase.open(path) as database:
        found = list(database.all_rows())
    assert {known.key.core for known in found} == {str(number) for number in range(200)}
    assert len(found) > 200  # what was kept before the disk was full


def test_no_room_for_a_new_database(path):
    assert limited(path, 100) == f"{path}: the disk does not take it (disk I/O error)\n{ROOM}\n"


def test_no_room_for_the_copy_before_an_upgrade(path, row, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(schema, "MIGRATIONS", schema.MIGRATIONS[:1])
        with CostDatabase.open(path) as database:
            records = [row(core=str(number)).to_record() for number in range(200)]
            for record in records:
                for column in ("origin", "board", "code_digest", "object_digest", *LOCAL_COLUMNS):
                    del record[column]
            database._database.table("costs").insert_all(records)
            assert schema.version_of(database._database) == 1
    before = path.read_bytes()
    shown = limited(path, FEW_BYTES)
    assert shown == f"{path}.backup-v1: the disk does not take it (disk I/O error)\n{ROOM}\n"
    assert path.read_bytes() == before
    assert [other.name for other in path.parent.iterdir() if "backup" in other.name] == []
    with CostDatabase.open(path) as database:
        assert database.count()["costs"] == 200


READ_AS_NOBODY = """
import os, sys
from pathlib import Path
import sqlite_utils
from scons_tinyml.costs.database import CostDatabase
from scons_tinyml.records.errors import EnvironmentProblem
if os.geteuid() == 0:
    os.setgid(65534)
    os.setuid(65534)
try:
    with CostDatabase.open(Path(sys.argv[1])) as database:
        print(len(list(database.all_rows())))
        database.delete([row.key.digest for row in database.all_rows()])
except EnvironmentProblem as problem:
    print(problem)
"""


def test_read_only_disk(tmp_path_factory, row):
    """As another user, for whom permissions count even where the tests run as root."""
    folder = let_others_reach(tmp_path_factory.mktemp("read-only"))
    path = folder / "costs.db"
    with CostDatabase.open(path) as database:
        database.record(row())
    path.chmod(0o444)
    folder.chmod(0o555)
    try:
        done = subprocess.run(
            [sys.executable, "-c", READ_AS_NOBODY, path],
            capture_output=True,
            text=True,
            env={"PYTHONPATH": ":".join(sys.path)},
            check=False,
        )
    finally:
        folder.chmod(0o755)
        path.chmod(0o644)
    assert done.stdout.startswith(f"{path}: the database cannot be written ("), done.stderr
    assert done.stdout.endswith("  make the file and its folder writable: measurements are kept there\n")
    with CostDatabase.open(path) as database:
        assert list(database.all_rows()) == [row()]
