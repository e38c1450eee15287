"""Checks of folders and files of a build, made before SCons opens them: its errors are tracebacks."""

from __future__ import annotations

import os
import pickle
import sys
from pathlib import Path
from typing import Any

import SCons.SConsign
from SCons.Errors import SConsEnvironmentError
from SCons.Util.filelock import SConsLockFailure

from scons_tinyml.records.errors import EnvironmentProblem
from scons_tinyml.records.json_text import read_json
from scons_tinyml.records.system_errors import PERMISSION_HINT, require_regular
from scons_tinyml.records.wrapping import print_wrapped

from ..paths import root

ELSEWHERE = "in a checkout that is read-only, set TINYML_BUILD and TINYML_STATE to folders elsewhere"
_CONFIG = "config"
"""File that makes a folder a CacheDir."""


def require_folder(path: Path, where: str, hint: str = PERMISSION_HINT) -> None:
    """Raise EnvironmentProblem with `hint` if `path` exists, but is no folder that can be read and written."""
    if os.path.lexists(path) and not path.is_dir():
        raise EnvironmentProblem("is not a folder: results cannot be written there", where=where)
    if path.is_dir() and not os.access(path, os.R_OK | os.W_OK | os.X_OK):
        raise EnvironmentProblem("is a folder that cannot be written", where=where, hint=hint)


def require_room(path: Path, where: str) -> None:
    """Raise EnvironmentProblem if the folder `path` neither exists nor can be made."""
    parent = next(one for one in (path, *path.parents) if one.is_dir())
    if parent != path and not os.access(parent, os.W_OK | os.X_OK):
        problem = f"cannot be made: {parent} cannot be written"
        raise EnvironmentProblem(problem, where=where, hint=ELSEWHERE)


def require_inside(project: Path, path: str, saying: str) -> None:
    """Raise EnvironmentProblem if `path`, which is in the folder `project`, is a link out of it, or is behind one.

    A path that names another place itself is meant so. `saying` names the option that can.
    """
    named = os.path.normpath(project / path)
    if not _is_below(named, str(project)):
        return
    real = os.path.realpath(named)
    if not _is_below(real, os.path.realpath(project)):
        raise EnvironmentProblem(
            f"leads to {real}, outside of the project",
            where=os.path.relpath(named, project),
            hint=f"remove the link, or name the place itself: {saying}",
        )


def _is_below(path: str, folder: str) -> bool:
    return path == folder or path.startswith(f"{folder.rstrip(os.sep)}{os.sep}")


def keep_signatures(folder: Path) -> None:
    """Have SCons keep its signatures in `folder`, unless the project has named a file, or SCons has opened its own."""
    if SCons.SConsign.ForDirectory is SCons.SConsign.DB and SCons.SConsign.DB_Name is None:
        SCons.SConsign.File(str(folder / SCons.SConsign.current_sconsign_filename()))


def require_signatures(folder: Path) -> None:
    """Remove a damaged signature file of SCons from `folder`.

    Raises InputError or EnvironmentProblem if it is no regular file, OSError if it cannot be read.
    """
    if SCons.SConsign.ForDirectory is not SCons.SConsign.DB:
        return
    name = SCons.SConsign.DB_Name or SCons.SConsign.current_sconsign_filename()
    path = Path(folder, f"{name}.dblite")
    for file in (path, path.with_suffix(".tmp")):
        require_regular(file)
        require_inside(folder, str(file), "SConsignFile() in the SConstruct")
    if path.is_symlink() and not path.exists():
        raise EnvironmentProblem("is a link that leads nowhere", where=path)
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return
    if content and not _is_database(content):
        path.unlink()
        print_wrapped(f"tinyml: {path.name} was damaged: what it told of is built again", sys.stderr)


def use_cache(env: Any, folder: str) -> None:
    """Share the nodes of `env` in the CacheDir `folder`. Raises EnvironmentProblem if SCons cannot."""
    path = root(env) / folder
    require_inside(root(env), folder, f"cache={os.path.realpath(path)}")
    require_folder(path, folder)
    _check_config(path, folder)
    try:
        env._CacheDir_path = folder  # CacheDir() would substitute in it
        env.get_CacheDir()
    except SConsLockFailure:
        raise EnvironmentProblem(
            "another build has kept the cache locked for 5 s",
            where=folder,
            hint=f"if there is no other build, remove {Path(folder, _CONFIG)}.lock",
        ) from None
    except SConsEnvironmentError as error:
        raise EnvironmentProblem(f"cannot be used as a cache: {error}", where=folder) from None


def _check_config(path: Path, where: str) -> None:
    """Raise EnvironmentProblem if `path` has other content than a cache: SCons would add 256 folders."""
    config = path / _CONFIG
    try:
        if not os.path.lexists(config):
            if path.is_dir() and any(path.iterdir()):
                raise EnvironmentProblem(
                    "has other things in it than a cache",
                    where=where,
                    hint="name a new folder, or an empty one",
                )
            return
        require_regular(config)
        known = isinstance(read_json(config)["prefix_len"], int)
    except (ValueError, LookupError, TypeError):
        known = False
    if not known:
        raise EnvironmentProblem(f"is not a cache of SCons: {_CONFIG} is something else", where=where)


def _is_database(content: bytes) -> bool:
    """Return whether `content` is a pickled dict, as SCons writes. A damaged one may raise any exception."""
    try:
        found = pickle.loads(content)
    except Exception:
        return False
    return isinstance(found, dict)
