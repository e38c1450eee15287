"""Files for readers that take paths, in a folder of the process that is in memory where there is such a one."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from functools import cache
from pathlib import Path

_MEMORY = Path("/dev/shm")


@cache
def folder() -> Path:
    """A folder that is removed with the process."""
    made = Path(tempfile.mkdtemp(prefix="tinyml-fuzz-", dir=_MEMORY if _MEMORY.is_dir() else None))
    atexit.register(shutil.rmtree, made, ignore_errors=True)
    return made


def in_file(data: bytes, name: str) -> Path:
    """The path of a file called `name` with `data`."""
    path = folder() / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path
