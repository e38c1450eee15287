"""Nodes of files and folders by paths from data, in which SCons substitutes nothing.

`env.File("${...}")` would run the text in braces as Python. This is the only module that has SCons substitute.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from SCons.Node import Node as SConsNode
from SCons.Util import is_List

from scons_tinyml import resources
from scons_tinyml.records.file_names import require_plain

if TYPE_CHECKING:
    from .scons import Environment, Folder, Node

FOLDERS = ("TINYML_BUILD", "TINYML_COSTS")
"""Construction variables with one path, which an SConstruct may compose of others: '$ROOT/build'."""


def root(env: Any) -> Path:
    """Return the folder of the SConstruct."""
    return Path(env.fs.Top.get_abspath())


def file(env: Environment, path: Any) -> Node:
    """Return the node of the file `path`, a node or a path from the folder of the SConstruct or SConscript.

    Raises InputError for a name that a terminal or a CI server would take for a command.
    """
    found: Node = path if isinstance(path, SConsNode) else env.fs.File(_absolute(env, path))
    return found


def folder(env: Environment, path: Any) -> Folder:
    """Return the node of the folder `path`, as `file` does."""
    found: Folder = path if isinstance(path, SConsNode) else env.fs.Dir(_absolute(env, path))
    return found


def text(env: Any, variable: str) -> str:
    """Return the value of a construction variable, with the variables in it filled in."""
    return str(env.subst(f"${variable}", raw=1))


def unsubstituted(path: str) -> str:
    """Return `path` as text that SCons substitutes to `path`."""
    return path.replace("$", "$$")


def kernel_folders(env: Any) -> tuple[str, ...]:
    """Return the folders of kernel sets in the order of search: TINYML_KERNELS, one or several, and the shipped one.

    Paths below the folder of the SConstruct are relative to it: signatures do not depend on the checkout's place.
    """
    given, top = env["TINYML_KERNELS"], root(env)
    named = [_folder_text(env, one) for one in (given if is_List(given) else [given])]
    shipped = resources.folders("kernels", top)[-1]
    found: dict[Path, str] = {}
    for name in (*named, str(shipped)):
        found.setdefault((top / name).resolve(), _from_top(top, name))
    return tuple(found.values())


def settled(env: Any, **values: Any) -> Any:
    """Return a copy of `env` with the paths of FOLDERS and TINYML_KERNELS as plain text, and other `values`.

    Nothing substitutes in it again.
    """
    folders = {name: text(env, name) for name in FOLDERS}
    return env.Clone(**folders, TINYML_KERNELS=kernel_folders(env), **values)


def _folder_text(env: Any, given: Any) -> str:
    """Return the path of a folder that a construction variable names, as a node or as text with variables."""
    return str(given) if isinstance(given, SConsNode) else str(env.subst(str(given), raw=1))


def _from_top(top: Path, name: str) -> str:
    return str(Path(name).relative_to(top)) if Path(name).is_relative_to(top) else name


def _absolute(env: Any, path: Any) -> str:
    """Return an absolute path: in a relative one, SCons would take a '#' for the folder of the SConstruct."""
    require_plain(str(path))
    return os.path.join(env.fs.getcwd().get_abspath(), str(path))  # noqa: PTH118 - in every build
