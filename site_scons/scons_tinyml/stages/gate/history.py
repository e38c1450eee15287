"""Lines that builds append to a history."""

from __future__ import annotations

import fcntl
import json
import os
from pathlib import Path

from scons_tinyml.records.errors import EnvironmentProblem
from scons_tinyml.records.history import HistoryLine, read_history
from scons_tinyml.records.system_errors import require_regular


def append(path: Path, line: HistoryLine) -> tuple[HistoryLine, ...]:
    """Append `line` to the file `path`, unless it is the last one of its subject; return all lines.

    Builds that append at the same time wait for each other, and no line is written in part. Raises InputError for a
    file that is no history, EnvironmentProblem for one that cannot be written.
    """
    require_regular(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            return _append(path, handle, line)
        finally:
            os.close(handle)
    except OSError as error:
        raise EnvironmentProblem(f"cannot be written: {error.strerror}", where=path) from None


def _append(path: Path, handle: int, line: HistoryLine) -> tuple[HistoryLine, ...]:
    found = read_history(path)
    last = next((one for one in reversed(found) if one.subject == line.subject), None)
    if last == line:
        return found
    size = os.fstat(handle).st_size
    is_whole = size == 0 or os.pread(handle, 1, size - 1) == b"\n"
    text = json.dumps(line.model_dump(mode="json", by_alias=True), sort_keys=True, ensure_ascii=False)
    data = f"{'' if is_whole else chr(10)}{text}\n".encode()
    try:
        if os.write(handle, data) != len(data):
            raise OSError(28, os.strerror(28))
    except OSError:
        os.ftruncate(handle, size)
        raise
    return (*found, line)
