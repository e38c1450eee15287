"""Nodes of files and folders by paths from data, in which SCons substitutes nothing.

`env.File("${...}")` would run the text in braces as Python. This is the only module that has SCons substitute.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from SCons.Node import Node as SConsNode

from scons_tinyml.records.file_names import require_plain

if TYPE_CHECKING:
    from .scons import Environment, Folder, Node

FOLDERS = ("TINYML_BUILD", "TINYML_STATE", "TINYML_KERNELS", "TINYML_COSTS")
"""Construction variables with one path, which an SConstruct may compose of others: '$ROOT/build'."""


COSTS = "$TINYML_STATE/costs.sqlite3"
"""Default of TINYML_COSTS."""


def root(env: Any) -> Path:
    """Return the folder of the SConstruct."""
    return Path(env.fs.Top.get_abspath())


def state(env: Any) -> Path:
    """Return the folder of what is kept between builds, besides results."""
    return root(env) / text(env, "TINYML_STATE")


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


def settled(env: Any, **values: Any) -> Any:
    """Return a copy of `env` with FOLDERS as plain text, and other `values`. Nothing substitutes in it again."""
    return env.Clone(**{name: text(env, name) for name in FOLDERS}, **values)


def _absolute(env: Any, path: Any) -> str:
    """Return an absolute path: in a relative one, SCons would take a '#' for the folder of the SConstruct."""
    require_plain(str(path))
    return os.path.join(env.fs.getcwd().get_abspath(), str(path))  # noqa: PTH118 - in every build
