"""Files that a compilation reads, the source and all headers it reaches, as one digest."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from scons_tinyml.records.input_file import read_input
from scons_tinyml.records.input_limits import SOURCE_BYTES

_INCLUDE = re.compile(rb'^[ \t]*#[ \t]*include[ \t]*"([^"]+)"', re.MULTILINE)


def closure(files: Iterable[Path], include_folders: Sequence[Path]) -> tuple[Path, ...]:
    """Return `files` and all headers that they include with quotes, in the order of discovery."""
    found: dict[Path, None] = {}
    pending = list(files)
    while pending:
        path = pending.pop(0)
        if path in found:
            continue
        found[path] = None
        for name in _INCLUDE.findall(read_input(path, SOURCE_BYTES)):
            for folder in (path.parent, *include_folders):
                header = folder / name.decode()
                if header.is_file():
                    pending.append(header)
                    break
    return tuple(found)


def header_digest(text: str, include_folders: Sequence[Path]) -> str:
    """Return the SHA-256 of the contents of all headers that the C source `text` reaches."""
    return source_digest(headers(text, include_folders), include_folders)


def headers(text: str, include_folders: Sequence[Path]) -> tuple[Path, ...]:
    """Return the headers that the C source `text` itself includes with quotes."""
    names = (name.decode() for name in _INCLUDE.findall(text.encode()))
    return tuple(folder / name for name in names for folder in include_folders if (folder / name).is_file())


def source_digest(files: Iterable[Path], include_folders: Sequence[Path]) -> str:
    """Return the SHA-256 of the contents of the closure of `files`; folders and names do not count."""
    digests = sorted(
        hashlib.sha256(read_input(path, SOURCE_BYTES)).digest() for path in closure(files, include_folders)
    )
    return hashlib.sha256(b"".join(digests)).hexdigest()
