"""Targets that are made again after damage: truncated, emptied, overwritten.

SCons itself only checks whether the sources of a target have changed.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

from SCons.Node import executed
from SCons.Node.FS import File

from scons_tinyml.records.system_errors import require_regular

from ..dependencies.contents import signature
from ..lifecycle.commands import Beginning, Command
from ..lifecycle.places import require_inside
from ..paths import file, root


class Artefact(File):  # type: ignore[misc] # SCons has no types
    """Target whose content has to be that which the build recorded."""

    __slots__ = ()

    def is_up_to_date(self) -> bool:
        """Return whether SCons says so and the file is as it was made.

        A target of this build counts as made: SCons scans it for includes before it records its content.
        """
        return bool(super().is_up_to_date()) and (self.get_state() == executed or self._is_as_made())

    def srcnode(self) -> Any:
        """Return the node itself; in a variant folder, its source, which is an ordinary file."""
        folders = self.dir.srcdir_list()
        return folders[0].File(self.name) if folders else self

    def _is_as_made(self) -> bool:
        made, size = self.get_stored_info().ninfo, self.get_size()
        try:
            return bool(made.size == size and made.csig == signature(self))
        except AttributeError:  # nothing is recorded
            return False

    def get_max_drift_csig(self) -> str:
        """Return '': what was made is read, whatever its time. A CacheDir keeps that of another file."""
        return ""


class ScannedArtefact(Artefact):
    """Target whose implicit dependencies are scanned in every build: SCons remembers names, but not builders."""

    __slots__ = ()

    def get_stored_implicit(self) -> None:
        """Return no dependencies of the last build."""


def artefacts(env: Any, paths: Iterable[Any], kind: type[Artefact] = Artefact) -> list[Any]:
    """Return the nodes of the targets `paths`, of the class `kind`, without builders.

    They are files at once: SCons leaves the kind of a new name open, and forgets its state on deciding.
    """
    found = [file(env, path) for path in paths]
    for folder in {os.path.dirname(node.abspath) for node in found}:  # noqa: PTH120 - in every build
        _require_inside(root(env), env["TINYML_BUILD"], folder)
    for node in found:
        node.__class__ = kind
    return found


@cache
def _require_inside(project: Path, results: str, folder: str) -> None:
    """Raise EnvironmentProblem if `folder` is behind a link out of the project; `results` may be another place."""
    require_inside(project, folder, f"TINYML_BUILD={os.path.realpath(project / results)!r} in the SConstruct")


def copied(env: Any, target: str, source: Any) -> Any:
    """Return the node of the file `target`, a copy of the node `source`."""
    [made] = artefacts(env, [target])
    if not made.has_builder():
        env.Command([made], [source], Command("copy", ["cp", source, Beginning(made)], program=True))
        env.NoCache(made)
    return made


def regular(node: Any) -> Any:
    """Return the source `node`. Raises InputError for a FIFO or a device, which SCons would read for ever."""
    if isinstance(node, File) and not node.has_builder():
        require_regular(Path(node.abspath))
    return node
