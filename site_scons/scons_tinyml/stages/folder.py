"""Folders that are replaced as a whole: a reader sees the old one, none, or the new one, and never a part."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from scons_tinyml.records.errors import EnvironmentProblem

_PART, _OLD = ".part", ".old"


def replace_folder(folder: Path, contents: Mapping[str, bytes]) -> None:
    """Replace `folder` by one with the files `contents`, by path in it. Raises EnvironmentProblem; it is gone then."""
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        remove_folder(folder)
        made = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{folder.name}.", suffix=_PART))
        try:
            made.chmod(0o755)
            for name, content in contents.items():
                path = made / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content)
            os.replace(made, folder)
        except BaseException:
            shutil.rmtree(made, ignore_errors=True)
            raise
    except OSError as error:
        raise EnvironmentProblem(f"cannot be written: {error.strerror or error}", where=folder) from None


def remove_folder(folder: Path) -> None:
    """Remove `folder` if it is there, and what interrupted writes and removals have left. Raises EnvironmentProblem."""
    try:
        if folder.is_dir() and not folder.is_symlink():
            os.replace(folder, tempfile.mkdtemp(dir=folder.parent, prefix=f".{folder.name}.", suffix=_OLD))
        elif folder.is_symlink() or folder.exists():
            folder.unlink()
        for end in (_PART, _OLD):
            for left in folder.parent.glob(f".{folder.name}.*{end}"):
                shutil.rmtree(left)
    except OSError as error:
        raise EnvironmentProblem(f"cannot be removed: {error.strerror or error}", where=folder) from None
