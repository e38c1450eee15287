"""Backup of a database before its tables are changed."""

from __future__ import annotations

import os
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing
from itertools import count
from pathlib import Path

from scons_tinyml.costs.connection import connect
from scons_tinyml.costs.problems import as_problem
from scons_tinyml.records.errors import EnvironmentProblem
from scons_tinyml.records.wrapping import print_wrapped

_TIMEOUT_S = 5.0


def back_up(path: Path, version: int) -> Path:
    """Copy the database in `path` to `<name>.backup-v<version>`, whole or not at all, and return the copy's path.

    An existing copy stays: the new one then gets a number. The caller holds the write lock of the database, so that
    nothing changes between copy and migration. Raises EnvironmentProblem when the copy cannot be written.
    """
    kept = next(name for name in _names(path, version) if not name.exists())
    part = Path(f"{path}.backup-part")
    try:
        _remove(part)  # left by a killed process
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
    note = f"{path} is brought to a new version; the old one is {kept.name}"
    print_wrapped(f"tinyml: note: {note}", sys.stderr)
    return kept


def _names(path: Path, version: int) -> Iterator[Path]:
    yield Path(f"{path}.backup-v{version}")
    yield from (Path(f"{path}.backup-v{version}-{number}") for number in count(2))


def _copy(path: Path, part: Path) -> None:
    with closing(connect(path, _TIMEOUT_S)[0]) as source, closing(connect(part, _TIMEOUT_S)[0]) as target:
        target.execute("pragma synchronous=full")
        source.backup(target)
        target.execute("pragma journal_mode=delete")  # makes a single file, without a write-ahead log
    with part.open("rb") as written:
        os.fsync(written.fileno())


def _remove(part: Path) -> None:
    for suffix in ("", "-journal", "-wal", "-shm"):
        Path(f"{part}{suffix}").unlink(missing_ok=True)
