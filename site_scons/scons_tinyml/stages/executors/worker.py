"""The two functions that a worker of a cluster runs: they take and return texts.

A worker is told a module of ours, whose `open_kit` makes something of the text of a kit. Tasks then name the kit by
its digest. Nothing is written but the files of kits, in a temporary folder.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from hashlib import sha256
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Lock

from scons_tinyml.records.errors import InternalError, TinymlError
from scons_tinyml.records.typed import WrongValue
from scons_tinyml.records.wire import to_wire
from scons_tinyml.stages.executors.work import Kit, OpenKit

OURS = "scons_tinyml.stages."
"""Beginning of the names of modules that a worker imports."""
_MOST_KITS = 4
"""Kits that a worker keeps: those of several builds that use it at once."""


@dataclass(frozen=True)
class Answer:
    """What a worker says: a result, its facts, or why it has neither."""

    result: bytes = b""
    facts: tuple[tuple[str, str], ...] = ()
    problem: str = ""
    lacks_kit: bool = False


@dataclass(frozen=True)
class _Kept:
    kit: Kit
    folder: TemporaryDirectory[str]


_kits: OrderedDict[str, _Kept] = OrderedDict()
_one_at_a_time = Lock()
"""Lock of the whole process: results do not depend on how many threads a worker was started with."""


def digest(kit: bytes) -> str:
    """Return the name of a kit: the SHA-256 of its text."""
    return sha256(kit).hexdigest()


def prepare(module: str, kit: bytes) -> bytes:
    """Keep `kit` for tasks, and return an `Answer` with the facts of this machine."""
    with _one_at_a_time:
        try:
            return to_wire(Answer(facts=tuple(_open(module, kit).facts().items())))
        except (TinymlError, WrongValue, OSError) as error:
            return to_wire(Answer(problem=str(error)))


def run(kit: str, task: bytes) -> bytes:
    """Return an `Answer` with the result of `task`, by the kit with the digest `kit`."""
    with _one_at_a_time:
        if kit not in _kits:
            return to_wire(Answer(lacks_kit=True))
        _kits.move_to_end(kit)
        try:
            return to_wire(Answer(result=_kits[kit].kit.run(task)))
        except (TinymlError, WrongValue, OSError) as error:
            return to_wire(Answer(problem=str(error)))


def _open(module: str, text: bytes) -> Kit:
    name = digest(text)
    if name not in _kits:
        if not module.startswith(OURS):
            raise InternalError(f"a worker runs modules below {OURS} only, found '{module}'")
        open_kit: OpenKit = import_module(module).open_kit
        folder = TemporaryDirectory(prefix="tinyml-kit-", ignore_cleanup_errors=True)
        _kits[name] = _Kept(open_kit(text, Path(folder.name)), folder)
        if len(_kits) > _MOST_KITS:
            _kits.popitem(last=False)[1].folder.cleanup()
    return _kits[name].kit
