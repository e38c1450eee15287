"""Signatures of the contents of files, kept between builds by the states of the files.

SCons reads every file in every build, or believes the time of a file: its decider `content-timestamp` takes a file for
unchanged that `cp -p`, an archive or a CacheDir replaced by another one with the same time.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

from SCons.Node import executed
from SCons.Node.FS import File
from SCons.Util.hashes import get_current_hash_algorithm_used

from scons_tinyml.records.errors import TinymlError
from scons_tinyml.records.file_state import State, file_state, has_settled

FILE = "contents.txt"
_Known = tuple[str, State]
"""Signature of a content, and the state in which the file had it."""


class Contents:
    """Signatures of files by path, with those of earlier builds from the file `memory`."""

    def __init__(self, memory: Path) -> None:
        self._memory = memory
        self._signatures: dict[Any, str] = {}
        self._read: dict[str, _Known] = {}

    def signature(self, node: Any) -> str:
        """Return the signature of the file `node`, which is read if its state is not that of an earlier build."""
        if node not in self._signatures:
            self._signatures[node] = self._signature(node)
        return self._signatures[node]

    def _signature(self, node: Any) -> str:
        path = str(node.rfile().abspath)
        try:
            state = file_state(os.stat(path))  # noqa: PTH116 - in every build
            known = self._known.get(path)
            if known is not None and known[1] == state:
                return known[0]
            settled = has_settled(state[2])
            found = str(node.get_content_hash())
        except OSError:
            return str(node.get_csig())
        if settled:
            self._read[path] = found, state
        return found

    @cached_property
    def _known(self) -> Mapping[str, _Known]:
        try:
            first, *lines = self._memory.read_text(encoding="utf-8").splitlines()
            return dict(map(_parsed, lines)) if first == get_current_hash_algorithm_used() else {}
        except (OSError, ValueError):
            return {}

    def save(self) -> None:
        """Write what this build has read to `memory`. A failure is ignored: the next build then reads it again."""
        if not self._read:
            return
        from scons_tinyml.stages.files import write_text

        kept = {path: one for path, one in self._known.items() if os.path.exists(path)}  # noqa: PTH110
        lines = [
            f"{signature} {' '.join(map(str, state))} {path}"
            for path, (signature, state) in {**kept, **self._read}.items()
            if path.isprintable()
        ]
        try:
            write_text(self._memory, "\n".join([get_current_hash_algorithm_used(), *lines, ""]))
        except TinymlError:
            return


_begun: list[Contents] = []


def begin(state: Path) -> None:
    """Keep signatures in the folder `state`; the first call of a process decides where."""
    if not _begun:
        _begun.append(Contents(state / FILE))


def save() -> None:
    """Write the signatures that are kept, if there are any."""
    for one in _begun:
        one.save()


def signature(node: Any) -> str:
    """Return the signature of the content of the file `node`; SCons has read one that this build made."""
    is_made = node.get_state() == executed
    return str(node.get_csig() if is_made or not _begun else _begun[0].signature(node))


def decide(dependency: Any, target: Any, before: Any, repository: Any = None) -> bool:
    """Return whether the content of `dependency` is another than `before`: the decider of our targets."""
    if isinstance(dependency, File):
        dependency.get_ninfo().csig = signature(dependency)
    return bool(dependency.changed_content(target, before, repository))


def _parsed(line: str) -> tuple[str, _Known]:
    signature, size, modified, changed, inode, path = line.split(" ", 5)
    return path, (signature, (int(size), int(modified), int(changed), int(inode)))
