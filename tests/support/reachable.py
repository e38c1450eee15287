"""Folders that other users reach, for tests in which permissions count although they run as root."""

from __future__ import annotations

import os
from pathlib import Path

_READ_AND_ENTER = 0o055


def let_others_reach(folder: Path) -> Path:
    """`folder`, once it and ours of those above it let others read and enter; nothing is taken from anybody."""
    for place in (folder, *folder.parents):
        status = place.stat()
        if status.st_uid == os.getuid() and status.st_mode & _READ_AND_ENTER != _READ_AND_ENTER:
            place.chmod(status.st_mode & 0o7777 | _READ_AND_ENTER)
    return folder
