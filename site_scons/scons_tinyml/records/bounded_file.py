"""Reading of files that may be anything: a pipe, a device, or a file of any size."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from scons_tinyml.records.errors import InputError, ModelFileError
from scons_tinyml.records.network_limits import SizeLimit
from scons_tinyml.records.system_errors import require_regular


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
        # Without O_NONBLOCK, opening a pipe that has taken the place of the file would wait for ever.
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        with open(handle, "rb") as file:  # noqa: PTH123 - from a handle
            if not stat.S_ISREG(os.fstat(handle).st_mode):
                raise error("is not a regular file any more", where=path)
            limit.require(os.fstat(handle).st_size, where=path, error=error)
            return file.read(limit.value)
    except OSError as found:
        raise error(f"cannot be read: {found.strerror or found}", where=path) from None
