"""What the operating system, a database file or Python's imports refuse, as a problem that names the file."""

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
    """`error` as it is told to a person; None when it is nothing that the system or its user can help."""
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
    """Raises InputError for what can be opened and is no file, such as a FIFO, whose reader waits for ever.

    What is not there, or cannot be looked at, is left to whoever opens it.
    """
    try:
        kind = stat.S_IFMT(path.stat().st_mode)
    except OSError:
        return
    if kind != stat.S_IFREG:
        raise InputError(f"is {_KINDS.get(kind, 'something else')}, not a file", where=path)


def _of_system(error: OSError) -> EnvironmentProblem:
    where = error.filename if error.filename2 is None else error.filename2
    if isinstance(where, bytes):
        where = where.decode(errors="backslashreplace")
    problem = error.strerror or str(error) or type(error).__name__
    hint = _HINTS.get(error.errno) if error.errno is not None else None
    return EnvironmentProblem(problem, where=None if where is None else str(where), hint=hint)


def _of_import(error: ImportError) -> EnvironmentProblem | None:
    """A package that is missing or broken; a module of ours that is not there is a bug of ours."""
    if (error.name or "").partition(".")[0] == __name__.partition(".")[0]:
        return None
    return EnvironmentProblem(
        f"a package cannot be imported: {error}", hint="tinyml doctor says which; ./bootstrap installs them"
    )


def _is_of_database(error: BaseException) -> bool:
    """Locked, full, not writable, damaged: without importing a database where none is used."""
    module = sys.modules.get("sqlite3")
    return module is not None and isinstance(error, module.OperationalError)
