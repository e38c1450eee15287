"""Names of files that become names of other things: of results, of C code, of rows in a database."""

from __future__ import annotations

import re
from pathlib import Path

from scons_tinyml.records.errors import InputError, RecordError
from scons_tinyml.records.visible import visible

_DECLARED = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.+-]*")
_PARTS = (".", "..", "")
_SHARED = {"board": ("common", "explore", "matrix"), "model": ("board",)}
"""Names of folders in the build folder that are not those of a board, and in a board's folder not of a model."""


def require_plain(path: str, where: str | Path | None = None, key: str | None = None) -> None:
    """Raise InputError for a path that a terminal or a CI server would take for a command when it is printed."""
    if path.isprintable() and "::" not in path and "#" not in path:
        return
    shown = visible(path)
    if shown != path:
        raise InputError(
            f"the name '{shown}' has control characters, or is a command of CI servers",
            where=where,
            key=key,
            hint="rename the file or folder",
        )


def as_argument(path: str | Path) -> str:
    """Return `path` as an argument of a program: './-x' for '-x', an option, and './@x' for '@x', a response file."""
    text = str(path)
    return f"./{text}" if text.startswith(("-", "@")) else text


def require_result_name(kind: str, name: str, where: str | Path, key: str | None = None) -> None:
    """Raise InputError if a `kind` ('board', 'model') called `name` has no folder of its own for its results."""
    require_plain(name, where, key)
    if name in _PARTS or name in _SHARED[kind]:
        raise InputError(
            f"a {kind} cannot be called '{name}': its results would lie in the folder of others",
            where=where,
            key=key,
            hint="rename the file or folder",
        )


def require_declared_name(name: str, where: Path) -> None:
    """Raise RecordError for a kernel set or kernel whose name is not of letters, digits and '_', '.', '+', '-'."""
    if not _DECLARED.fullmatch(name):
        raise RecordError(
            f"'{visible(name)}' is not a name of letters, digits, '_', '.', '+' and '-'; it does not begin with '.', "
            "'+' or '-'",
            where=visible(str(where)),
            hint="rename the file or folder",
        )
