"""Files that anybody may have written, opened without waiting and read up to a limit."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import BinaryIO

from scons_tinyml.records.errors import InputError, ModelFileError
from scons_tinyml.records.network_limits import SizeLimit
from scons_tinyml.records.system_errors import kind_name, require_regular


def open_input(path: Path) -> BinaryIO:
    """Return the opened file `path`. Raises OSError, and InputError for anything but a regular file.

    The kind is that of the opened file: another one cannot take its place meanwhile, and a FIFO does not wait.
    """
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        mode = os.fstat(handle).st_mode
        if not stat.S_ISREG(mode):
            raise InputError(f"is {kind_name(mode)}, not a file", where=path)
        return os.fdopen(handle, "rb")
    except BaseException:
        os.close(handle)
        raise


def read_input(path: Path, most_bytes: int) -> bytes:
    """Return the content of the regular file `path`. Raises OSError, and InputError above `most_bytes`."""
    with open_input(path) as stream:
        size = os.fstat(stream.fileno()).st_size
        data = stream.read(most_bytes + 1) if size <= most_bytes else b""
    if max(size, len(data)) > most_bytes:
        found = f"{size:,} bytes" if size > most_bytes else "more"
        raise InputError(f"found {found}, the limit is {most_bytes:,} bytes", where=path)
    return data


def read_input_text(path: Path, most_bytes: int) -> str:
    """Return the text of the regular file `path`, in UTF-8. Raises OSError, InputError, UnicodeDecodeError."""
    return read_input(path, most_bytes).decode("utf-8")


def check_file(path: Path, limit: SizeLimit, error: type[InputError] = ModelFileError) -> int:
    """Return the bytes of the file `path` without reading it.

    Raises `error` for a file that does not exist, is not regular, or is larger than `limit`.
    """
    try:
        require_regular(path)
        size = path.stat().st_size
    except InputError as found:
        raise error(found.problem, where=path) from None
    except FileNotFoundError:
        raise error("no such file", where=path) from None
    except OSError as found:
        raise error(f"cannot be read: {found.strerror or found}", where=path) from None
    limit.require(size, where=path, error=error)
    return size


def read_file(path: Path, limit: SizeLimit, error: type[InputError] = ModelFileError) -> bytes:
    """Return the content of the regular file `path`. Raises `error` like `check_file`.

    A file that is exchanged or grows meanwhile is refused too.
    """
    check_file(path, limit, error)
    try:
        with open_input(path) as file:
            limit.require(os.fstat(file.fileno()).st_size, where=path, error=error)
            return file.read(limit.value)
    except OSError as found:
        raise error(f"cannot be read: {found.strerror or found}", where=path) from None
    except InputError as found:
        raise error(found.problem, where=path, hint=found.hint) from None
