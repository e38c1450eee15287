"""Targets that are made again when they are no longer what a build made: cut off, emptied, written over.

SCons asks of a target only whether its sources have changed.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from SCons.Node import executed
from SCons.Node.FS import File

from scons_tinyml.records.system_errors import require_regular


class Artefact(File):  # type: ignore[misc] # SCons has no types
    """A file whose size and time, and where only the time differs its content, are remembered since it was made."""

    __slots__ = ()

    def is_up_to_date(self) -> bool:
        """As SCons says, and as it was made.

        SCons scans a target that this build made for what it includes before it remembers size and time.
        """
        return bool(super().is_up_to_date()) and (self.get_state() == executed or self._is_as_made())

    def srcnode(self) -> Any:
        """Itself, or the source that a variant folder has it from, which is a file like any other."""
        folders = self.dir.srcdir_list()
        return folders[0].File(self.name) if folders else self

    def _is_as_made(self) -> bool:
        made, size = self.get_stored_info().ninfo, self.get_size()
        try:
            return bool(
                made.size == size and (made.timestamp == self.get_timestamp() or made.csig == self.get_csig())
            )
        except AttributeError:  # nothing is remembered
            return False


def artefacts(env: Any, paths: Iterable[Any]) -> list[Any]:
    """The nodes of targets, which nothing is known to make yet.

    SCons takes a name that it has not met yet for a folder or a file, and forgets what it knew about the file.
    """
    found = [env.File(path) for path in paths]
    for node in found:
        node.__class__ = Artefact
    return found


def regular(node: Any) -> Any:
    """`node`, which is a source. Raises InputError for a FIFO or a device, which SCons would read for ever."""
    if isinstance(node, File) and not node.has_builder():
        require_regular(Path(node.abspath))
    return node
