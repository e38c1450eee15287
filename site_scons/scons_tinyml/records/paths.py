"""Paths that files of a project name: they stay in the project.

A record declares its keys as `InnerPath` or `ProjectPath` of `records.texts`, which refuse what no such path may be.
`locate` makes a path of the text, follows links, and refuses a result outside. What a person types on the command line
is not refused: it is consent, and a file that somebody sent is not.
"""

from __future__ import annotations

import errno
from collections.abc import Sequence
from pathlib import Path

from scons_tinyml.records.errors import RecordError

_SHIPPED = Path(__file__).resolve().parents[1]
"""This package, with its boards, models and kernels where it is installed: package managers may make links of them."""
_COPY = "copy it into the project"
_TRUST = f"{_COPY}, or say outside=FOLDER on the command line for a folder that you trust"


def relative_path(text: str) -> str:
    """Return `text`. Raises ValueError if it is not a relative path of characters that can be printed."""
    if not text.isprintable():
        raise ValueError(f"{text!r} has a character that cannot be printed, which no path here may have")
    if not text or text.startswith("/"):
        raise ValueError(f"{text!r} is not a path relative to the folder of this file, such as 'net.tflite'")
    return text


def inner_path(text: str) -> str:
    """Return `text`. Raises ValueError if it is not the path of something below a folder, without '.' and '..'."""
    parts = relative_path(text).split("/")
    if ".." in parts:
        raise ValueError(
            f"{text!r} leads out of its folder; expected a path below it, such as 'source/one.c'"
        )
    if {"", "."} & set(parts):
        raise ValueError(f"{text!r} has an empty part or '.'; expected a path such as 'source/one.c'")
    return text


def inner_folder(text: str) -> str:
    """Return `text`, which may also be '.', the folder itself. Raises ValueError for what `inner_path` refuses."""
    return text if text == "." else inner_path(text)


def locate(
    text: str,
    folder: Path,
    *,
    where: Path,
    key: str,
    project: Path | None = None,
    outside: Sequence[Path] | None = None,
) -> Path:
    """Return the path `text` below `folder`, which need not exist.

    After links it lies in `project` (default: the working folder) if `folder` does, else in `folder`; or in a folder of
    `outside`, None for a key that nothing outside is allowed for. Raises RecordError for `key` of the file `where` if
    it does not.
    """
    path = folder / text
    home = folder.resolve()
    if home.is_relative_to(_SHIPPED):
        return path
    root = (project or Path()).resolve()
    limit = root if home.is_relative_to(root) else home
    try:
        found = path.resolve()
        _require_no_circle(path)
    except (OSError, RuntimeError):  # the latter for links in a circle, before Python 3.13
        raise RecordError(f"the links of {text!r} cannot be followed", where=where, key=key) from None
    if any(found.is_relative_to(one) for one in (limit, *(some.resolve() for some in outside or ()))):
        return path
    what = "its folder" if home == limit else "the project"
    link = "" if ".." in Path(text).parts else ", by a link,"
    raise RecordError(
        f"{text!r} leads{link} out of {what}",
        where=where,
        key=key,
        hint=_COPY if outside is None else _TRUST,
    )


def _require_no_circle(path: Path) -> None:
    """Raise OSError for links in a circle, which `Path.resolve` does not mind from Python 3.13 on."""
    try:
        path.stat()
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise
