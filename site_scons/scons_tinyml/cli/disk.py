"""Checks of the folders that builds write to: permissions and free space."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from scons_tinyml.cli.check import Check
from scons_tinyml.records.system_errors import PERMISSION_HINT
from scons_tinyml.records.units import format_bytes

ENOUGH_BYTES = 256 * 1024 * 1024
"""Space for a build of one model on one board, with temporary files of TensorFlow and the compiler."""
_ROOM = f"make room for {format_bytes(ENOUGH_BYTES)}"


def check_folders(results: Path, measurements: Path) -> Iterator[Check]:
    """Check the folders of results, of the cost database, and of temporary files."""
    yield check_folder("results", results)
    yield check_folder("measurements", measurements)
    try:
        yield check_folder("temporary files", Path(tempfile.gettempdir()))
    except OSError as error:
        yield Check(
            "temporary files", "broken", error.strerror or str(error), "TMPDIR names a folder for them"
        )


def check_folder(name: str, folder: Path) -> Check:
    """Check permissions and free space of `folder`, or of the existing folder that it would be made in."""
    found = folder.absolute()
    while not os.path.lexists(found):
        found = found.parent
    if not found.is_dir():
        return Check(name, "broken", f"{found} is not a folder", f"move {found} away")
    if not os.access(found, os.R_OK | os.W_OK | os.X_OK):
        return Check(name, "broken", f"{found} cannot be written", PERMISSION_HINT)
    free = shutil.disk_usage(found).free
    room = f"{format_bytes(free)} free in {found}"
    return Check(name, "ok", room) if free >= ENOUGH_BYTES else Check(name, "broken", room, _ROOM)
