"""Errors of SQLite as messages for a person, and the treatment of a corrupt file."""

from __future__ import annotations

import fcntl
import os
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from scons_tinyml.costs.connection import MOVE_AWAY, connect
from scons_tinyml.records.errors import EnvironmentProblem
from scons_tinyml.records.wrapping import print_wrapped

_BUSY = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
_CORRUPT = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
_UNWRITABLE = {sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_AUTH}

_TIMEOUT_S = 5.0
_KEPT = "make room on the disk and run the same command again; nothing that was kept before is lost"


def _code(error: sqlite3.Error) -> int:
    return getattr(error, "sqlite_errorcode", 0) & 0xFF  # the low byte is the primary result code


def is_busy(error: sqlite3.Error) -> bool:
    """Return whether another process holds the lock."""
    return _code(error) in _BUSY


def is_corrupt(error: sqlite3.Error) -> bool:
    """Return whether the file is no database, or a damaged one."""
    return _code(error) in _CORRUPT


def as_problem(error: sqlite3.Error, path: Path, busy_timeout_s: float) -> EnvironmentProblem:
    """Return `error` with a message for people; `busy_timeout_s` is the time in seconds that it waited."""
    if is_busy(error):
        return EnvironmentProblem(
            f"another process has kept the database locked for {busy_timeout_s:g} s",
            where=path,
            hint="close the program that has it open and run the same command again; nothing is lost",
        )
    if _code(error) in _UNWRITABLE:
        return EnvironmentProblem(
            f"the database cannot be written ({error})",
            where=path,
            hint="make the file and its folder writable: measurements are kept there",
        )
    if _code(error) == sqlite3.SQLITE_INTERRUPT:
        return EnvironmentProblem(
            "the database takes more steps than one of its size can need: it is damaged, or made to have no end",
            where=path,
            hint=MOVE_AWAY,
        )
    if _code(error) == sqlite3.SQLITE_FULL:
        return EnvironmentProblem("the disk is full", where=path, hint=_KEPT)
    if _code(error) == sqlite3.SQLITE_IOERR:
        return EnvironmentProblem(f"the disk does not take it ({error})", where=path, hint=_KEPT)
    return EnvironmentProblem(f"the database cannot be used ({error})", where=path)


@contextmanager
def _one_process_in(folder: Path) -> Iterator[None]:
    """Hold an advisory lock on `folder`, which leaves no lock file behind."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def set_aside(path: Path) -> None:
    """Rename a corrupt database to the first free `<name>.corrupt-<n>`, with a warning on stderr.

    It does nothing when the file is intact, because another process has replaced it already.
    """
    with _one_process_in(path.parent):
        if _is_intact(path):
            return
        kept = next(name for name in _names(path) if not name.exists())
        for suffix in ("", "-wal", "-shm"):
            part = Path(f"{path}{suffix}")
            if part.exists():
                part.rename(f"{kept}{suffix}")
    warning = f"{path} is corrupt; it is kept as {kept.name} and rebuilt from measurements"
    print_wrapped(f"tinyml: warning: {warning}", sys.stderr)


def _names(path: Path) -> Iterator[Path]:
    return (Path(f"{path}.corrupt-{number}") for number in range(1, sys.maxsize))


def _is_intact(path: Path) -> bool:
    try:
        with closing(connect(path, _TIMEOUT_S)[0]) as connection:
            return bool(connection.execute("pragma integrity_check(1)").fetchone()[0] == "ok")
    except sqlite3.DatabaseError as error:
        if is_corrupt(error):
            return False
        raise
