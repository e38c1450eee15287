"""Errors of the operating system, of SQLite and of imports, turned into TinymlError."""

from __future__ import annotations

import errno
import stat
import sys
from collections.abc import Mapping
from pathlib import Path

from scons_tinyml.records.errors import EnvironmentProblem, InputError, TinymlError

PERMISSION_HINT = "it has to be yours, or readable and writable for you"
_HINTS: Mapping[int, str] = {
    errno.ENOSPC: "make room on the disk and run the same command again",
    errno.EDQUOT: "make room in your quota and run the same command again",
    errno.EACCES: PERMISSION_HINT,
    errno.EPERM: PERMISSION_HINT,
    errno.EROFS: "its disk is read-only",
    errno.ELOOP: "it is a link that leads to itself",
    errno.EMFILE: "ulimit -n allows too few open files",
    errno.ENOMEM: "end other programs, or build with a smaller -j",
    errno.EIO: "the disk has a fault",
}
_KINDS = {
    stat.S_IFIFO: "a pipe (FIFO)",
    stat.S_IFDIR: "a folder",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}


def as_problem(error: BaseException) -> TinymlError | None:
    """Return `error` as a TinymlError with a message for people; None for an error that is a bug of ours."""
    if isinstance(error, TinymlError):
        return error
    if isinstance(error, OSError):
        return _of_system(error)
    if isinstance(error, UnicodeError):
        return InputError(f"text is not UTF-8: {error}")
    if isinstance(error, MemoryError):
        return EnvironmentProblem("there is not enough memory", hint=_HINTS[errno.ENOMEM])
    if isinstance(error, ImportError):
        return _of_import(error)
    if _is_of_database(error):
        return EnvironmentProblem(f"a database cannot be used: {error}")
    return None


def require_regular(path: Path) -> None:
    """Raise InputError for a `path` that exists and is no regular file: a reader of a FIFO would wait for ever.

    A path that does not exist, or whose kind is not readable, passes: opening it will fail.
    """
    try:
        kind = stat.S_IFMT(path.stat().st_mode)
    except OSError:
        return
    if kind != stat.S_IFREG:
        raise InputError(f"is {kind_name(kind)}, not a file", where=path)


def kind_name(mode: int) -> str:
    """Return what a file of `mode`, from `stat`, is: 'a pipe (FIFO)', 'a device'."""
    return _KINDS.get(stat.S_IFMT(mode), "something else")


def _of_system(error: OSError) -> EnvironmentProblem:
    where = error.filename if error.filename2 is None else error.filename2
    if isinstance(where, bytes):
        where = where.decode(errors="backslashreplace")
    problem = error.strerror or str(error) or type(error).__name__
    hint = _HINTS.get(error.errno) if error.errno is not None else None
    return EnvironmentProblem(problem, where=None if where is None else str(where), hint=hint)


def _of_import(error: ImportError) -> EnvironmentProblem | None:
    """Return the problem of a missing or broken package; None for a module of this project."""
    if (error.name or "").partition(".")[0] == __name__.partition(".")[0]:
        return None
    return EnvironmentProblem(
        f"a package cannot be imported: {error}", hint="tinyml doctor says which, and what installs it"
    )


def _is_of_database(error: BaseException) -> bool:
    """Return whether SQLite raised `error`, without importing sqlite3."""
    module = sys.modules.get("sqlite3")
    return module is not None and isinstance(error, module.OperationalError)
