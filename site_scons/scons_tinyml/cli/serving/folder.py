"""A folder whose files are read below it alone: links are not followed, and nothing but regular files is opened."""

from __future__ import annotations

import html
import os
import re
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import BinaryIO

PAGE_SUFFIX = ".html"
MOST_PAGES = 2000
"""Pages that are listed. A folder with more is no folder of results."""
_HEAD_BYTES = 8192
"""Beginning of a page that has its title."""
_TITLE = re.compile(rb"<title>([^<]*)</title>")
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
_BELOW = os.O_NOFOLLOW | os.O_CLOEXEC


@dataclass(frozen=True)
class Page:
    """A page in a folder: its path from there, its title, and when it was written, in seconds since 1970."""

    path: str
    title: str
    written_s: float


def open_below(folder: Path, names: Sequence[str]) -> BinaryIO:
    """Open the regular file that the last of `names` is, in the folders before it, below `folder`.

    `folder` itself may be a link. Raises OSError where a name is a link, is not there, or is something else.
    """
    place = os.open(folder, _FOLDER)
    try:
        for name in names[:-1]:
            inner = os.open(name, _FOLDER | _BELOW, dir_fd=place)
            os.close(place)
            place = inner
        return _open_file(names[-1], place)
    finally:
        os.close(place)


def _open_file(name: str, place: int) -> BinaryIO:
    """Open the regular file `name` in the open folder `place`; a pipe is not waited for."""
    found = os.open(name, os.O_RDONLY | os.O_NONBLOCK | _BELOW, dir_fd=place)
    if not stat.S_ISREG(os.fstat(found).st_mode):
        os.close(found)
        raise FileNotFoundError(name)
    return os.fdopen(found, "rb")


def pages(folder: Path) -> list[Page]:
    """Return at most MOST_PAGES pages in `folder` and the folders in it, by their paths; [] where it is gone."""
    if not folder.is_dir():
        return []
    return sorted(islice(_pages(folder.resolve()), MOST_PAGES), key=lambda page: page.path.split("/"))


def _pages(folder: Path) -> Iterator[Page]:
    for place, _, names, descriptor in os.fwalk(folder):
        for name in (name for name in names if name.endswith(PAGE_SUFFIX)):
            try:
                stream = _open_file(name, descriptor)
            except OSError:  # a link, or gone since
                continue
            with stream:
                path = Path(place, name).relative_to(folder).as_posix()
                yield Page(path, _title(stream.read(_HEAD_BYTES)), os.fstat(stream.fileno()).st_mtime)


def _title(head: bytes) -> str:
    """Return the title of the page that begins with `head`, '' if it has none."""
    found = _TITLE.search(head)
    return html.unescape(found[1].decode(errors="replace")).strip() if found else ""
