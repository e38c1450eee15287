"""The copy of a database that is kept before its tables are changed."""

from __future__ import annotations

import os
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing
from itertools import count
from pathlib import Path

from scons_tinyml.costs.problems import as_problem
from scons_tinyml.records.errors import EnvironmentProblem


def back_up(path: Path, version: int) -> Path:
    """Copy the database in `path` to `<name>.backup-v<version>`, whole or not at all; that copy's path.

    A copy that is there already is of another day and stays: the new one then gets a number. To be called by
    one process at a time, with the write lock of the database held: what is copied is what is then changed.
    Raises EnvironmentProblem, which names the copy, when it cannot be written.
    """
    kept = next(name for name in _names(path, version) if not name.exists())
    part = Path(f"{path}.backup-part")
    try:
        _remove(part)  # of a process that was killed
        _copy(path, part)
        os.replace(part, kept)
    except sqlite3.Error as error:
        raise as_problem(error, kept, 0) from error
    except OSError as error:
        raise EnvironmentProblem(
            f"the database cannot be copied: {error.strerror}",
            where=kept,
            hint="it is copied before it is brought to a new version, and has not been changed",
        ) from None
    finally:
        _remove(part)
    print(f"tinyml: note: {path} is brought to a new version; the old one is {kept.name}", file=sys.stderr)
    return kept


def _names(path: Path, version: int) -> Iterator[Path]:
    yield Path(f"{path}.backup-v{version}")
    yield from (Path(f"{path}.backup-v{version}-{number}") for number in count(2))


def _copy(path: Path, part: Path) -> None:
    with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(part)) as target:
        target.execute("pragma synchronous=full")
        source.backup(target)
        target.execute("pragma journal_mode=delete")  # one file, without a log beside it
    with part.open("rb") as written:
        os.fsync(written.fileno())


def _remove(part: Path) -> None:
    for suffix in ("", "-journal", "-wal", "-shm"):
        Path(f"{part}{suffix}").unlink(missing_ok=True)
