"""Folders that other users can enter, for tests of permissions that run as root."""

from __future__ import annotations

import os
from pathlib import Path

_READ_AND_ENTER = 0o055


def let_others_reach(folder: Path) -> Path:
    """Let others read and enter `folder` and our folders above it, and return `folder`. No permission is removed."""
    for place in (folder, *folder.parents):
        status = place.stat()
        if status.st_uid == os.getuid() and status.st_mode & _READ_AND_ENTER != _READ_AND_ENTER:
            place.chmod(status.st_mode & 0o7777 | _READ_AND_ENTER)
    return folder
