"""Builds that write at once lose no row; one that is killed loses at most the row that it is writing."""

import multiprocessing
import pickle
import random
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import replace

from scons_tinyml.costs.database import CostDatabase
from support.cost_writers import write_on

WRITERS, ROWS = 4, 2000
LIVES = 12
MOST_ROWS = 200


def test_thousands_of_rows_from_several_processes(tmp_path, row):
    path = tmp_path / "costs.db"
    context = multiprocessing.get_context("spawn")
    barrier = context.Barrier(WRITERS)
    workers = [context.Process(target=write_on, args=(path, n, row(), barrier, ROWS)) for n in range(WRITERS)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert [worker.exitcode for worker in workers] == [0] * WRITERS
    expected = {row(flags=f"{worker} {number}") for worker in range(WRITERS) for number in range(ROWS)}
    with CostDatabase.open(path) as database:
        assert set(database.all_rows()) == expected


def test_reading_all_rows_while_others_write(tmp_path, row):
    """A reader sees every row that was there when it began, and never a part of one."""
    before = [row(flags=f"before {number}") for number in range(3000)]
    path = tmp_path / "costs.db"
    with CostDatabase.open(path) as reader, CostDatabase.open(path) as writer:
        reader.record(*before)
        seen = []
        for number, found in enumerate(reader.all_rows()):
            seen.append(found)
            if number % 500 == 0:
                writer.record(row(flags=f"meanwhile {number}"))
                writer.record(replace(before[number % len(before)], cycles=999_999))
    assert {found.key for found in seen} >= {known.key for known in before}
    assert len({found.key for found in seen}) == len(seen)


def test_killed_again_and_again(tmp_path, row):
    """kill -9 in the middle of writes: the file is in order, and every row is there that was said to be kept."""
    path = tmp_path / "costs.db"
    chance = random.Random(4)
    told = [_live_and_be_killed(path, life, row(), chance.randint(1, MOST_ROWS)) for life in range(LIVES)]
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("pragma integrity_check").fetchall() == [("ok",)]
    with CostDatabase.open(path) as database:
        kept = {found.key.flags for found in database.all_rows()}
    for life, acknowledged in enumerate(told):
        expected = {f"{life} {number}" for number in range(acknowledged)}
        assert expected <= kept
        assert {name for name in kept if name.startswith(f"{life} ")} - expected <= {f"{life} {acknowledged}"}
    assert min(told) > 0
    assert not list(tmp_path.glob("*corrupt*"))


def _live_and_be_killed(path, life, row, rows):
    """How many rows a writer said to have kept, which was killed after it had told of `rows`."""
    code = (
        "import pickle, sys; from pathlib import Path; from support.cost_writers import write_and_tell\n"
        "write_and_tell(Path(sys.argv[1]), int(sys.argv[2]), pickle.loads(bytes.fromhex(sys.argv[3])))"
    )
    arguments = [sys.executable, "-c", code, path, str(life), pickle.dumps(row).hex()]
    with subprocess.Popen(
        arguments, stdout=subprocess.PIPE, env={"PYTHONPATH": ":".join(sys.path)}
    ) as writer:
        first = b"".join(writer.stdout.readline() for _ in range(rows))  # it goes on writing meanwhile
        writer.send_signal(signal.SIGKILL)
        told = first + writer.stdout.read()
    assert writer.returncode == -signal.SIGKILL
    return told.count(b"\n")
