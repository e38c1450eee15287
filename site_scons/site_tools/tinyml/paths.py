"""Nodes of files and folders by paths from data, in which SCons substitutes nothing.

`env.File("${...}")` would run the text in braces as Python. This is the only module that has SCons substitute. All
paths are relative to the folder of the SConstruct, where actions run; `given` makes one of what an SConscript says.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from SCons.Node import Node as SConsNode
from SCons.Util import flatten, is_List

from scons_tinyml import resources
from scons_tinyml.records.file_names import require_plain

if TYPE_CHECKING:
    from .scons import Environment, Folder, Node

FOLDERS = ("TINYML_BUILD", "TINYML_STATE", "TINYML_COSTS")
"""Construction variables with one path, which an SConstruct may compose of others: '$ROOT/build'."""


COSTS = "$TINYML_STATE/costs.sqlite3"
"""Default of TINYML_COSTS."""


def root(env: Any) -> Path:
    """Return the folder of the SConstruct."""
    return _path(env.fs.Top.get_abspath())


@cache
def _path(path: str) -> Path:
    return Path(path)


@contextmanager
def at_top(env: Any) -> Iterator[None]:
    """Work in the folder of the SConstruct: SCons reads an SConscript in that of the SConscript."""
    node, place = env.fs.getcwd(), os.getcwd()  # noqa: PTH109 - in every build
    if is_top(env):
        yield
        return
    env.fs.chdir(env.fs.Top, change_os_dir=True)
    try:
        yield
    finally:
        env.fs.chdir(node)
        os.chdir(place)


def is_top(env: Any) -> bool:
    """Return whether SCons reads the SConstruct, or an SConscript beside it."""
    return bool(env.fs.getcwd() is env.fs.Top)


def given(env: Any, path: Any) -> str:
    """Return the file or folder `path` as seen from the folder of the SConstruct.

    `path` is a node, or text from the folder of the SConscript; '#' stands for that of the SConstruct. A file of a
    variant folder that nothing makes is the one that would be copied there.
    """
    node = path if isinstance(path, SConsNode) else env.fs.Entry(str(path))
    return from_top(env, node if node.has_builder() else node.srcnode())


def from_top(env: Any, node: Any) -> str:
    """Return the path of `node` from the folder of the SConstruct; absolute for one that is not below."""
    return os.path.relpath(node.abspath, root(env)) if node.is_under(env.fs.Top) else str(node.abspath)


def stem(env: Any, path: Any) -> str:
    """Return the name of `path` without suffix; that of its folder for a model.toml or a saved_model.pb."""
    found = Path(given(env, path))
    return found.parent.name if found.name in ("model.toml", "saved_model.pb") else found.stem


def is_made(env: Any, path: Any) -> bool:
    """Return whether the build makes the file `path`, so that what is there now says nothing."""
    return bool(env.fs.Entry(_absolute(env, path)).has_builder())


def nodes(env: Any, given: Any) -> list[Any]:
    """Return what the SConstruct or SConscript that SCons reads means by `given`: nodes, paths, lists of them."""
    return list(env.arg2nodes(flatten(given), env.fs.Entry))


def filled(env: Any, line: str, target: Any, source: Any) -> str:
    """Return `line` from the SConstruct with its variables filled in, such as $TARGET."""
    return str(env.subst_target_source(line, 1, target, source))


def state(env: Any) -> Path:
    """Return the folder of what is kept between builds, besides results."""
    return root(env) / text(env, "TINYML_STATE")


def settle_folders(env: Any) -> None:
    """Make nodes of the folders in CPPPATH and LIBPATH of `env`, which are those of the SConscript that names them.

    Beside a variant folder stands the one that it is a variant of, as in SCons.
    """
    for name in ("CPPPATH", "LIBPATH"):
        if env.get(name):
            found = env.arg2nodes(flatten(env[name]), env.fs.Dir)
            env[name] = list(dict.fromkeys(one for node in found for one in (node, node.srcnode())))


def linker_words(env: Any) -> tuple[list[str], list[str]]:
    """Return LINKFLAGS, and the words of LIBPATH and LIBS, as SCons fills them in."""
    flags, folders, libraries = (
        [str(word) for line in env.subst_list(text) for word in line]
        for text in ("$LINKFLAGS", "$_LIBDIRFLAGS", "$_LIBFLAGS")
    )
    return flags, [*folders, *libraries]


def library_nodes(env: Any) -> list[Any]:
    """Return the libraries of LIBS that are nodes, or files in a folder of LIBPATH: the image depends on them."""
    folders = [env.fs.Dir(path) for path in flatten(env.get("LIBPATH", []))]
    found: list[Any] = []
    for library in flatten(env.get("LIBS", [])):
        if isinstance(library, SConsNode):
            found.append(library)
            continue
        files = (place.File(f"lib{library}.a") for place in folders)
        found += [node for node in files if node.has_builder() or node.exists()][:1]
    return found


def file(env: Environment, path: Any) -> Node:
    """Return the node of the file `path`, a node or a path from the folder of the SConstruct.

    Raises InputError for a name that a terminal or a CI server would take for a command.
    """
    found: Node = path if isinstance(path, SConsNode) else env.fs.File(_absolute(env, path))
    return found


def folder(env: Environment, path: Any) -> Folder:
    """Return the node of the folder `path`, as `file` does."""
    found: Folder = path if isinstance(path, SConsNode) else env.fs.Dir(_absolute(env, path))
    return found


def text(env: Any, variable: str) -> str:
    """Return the path in a construction variable, with the variables in it filled in; '#' is the top folder."""
    return _from_hash(str(env.subst(f"${variable}", raw=1)))


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
    return str(given) if isinstance(given, SConsNode) else _from_hash(str(env.subst(str(given), raw=1)))


def _from_hash(path: str) -> str:
    """Return `path` without the '#' that stands for the folder of the SConstruct."""
    return path.removeprefix("#/").removeprefix("#")


def _from_top(top: Path, name: str) -> str:
    return str(Path(name).relative_to(top)) if Path(name).is_relative_to(top) else name


def _absolute(env: Any, path: Any) -> str:
    """Return an absolute path: in a relative one, SCons would take a '#' for the folder of the SConstruct."""
    require_plain(str(path))
    return os.path.join(env.fs.Top.get_abspath(), str(path))  # noqa: PTH118 - in every build
