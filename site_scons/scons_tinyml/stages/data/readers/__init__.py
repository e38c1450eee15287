"""Formats of data sets, one file each, found by name.

Each has SUFFIXES, and KIND, what its files are in messages. A format of one file for all samples, which may be split,
has `read_splits(path, wanted) -> Parts`. A format of a file for each sample or recording, which is read from folders by
class, has `read_recording(path, wanted) -> FloatArray`, of shape (samples, *wanted.shape).
"""

from __future__ import annotations

from types import ModuleType

from scons_tinyml.registry import Plugins

READERS = Plugins("scons_tinyml.stages.data.readers", provides="SUFFIXES")


def reader_of(suffix: str) -> ModuleType | None:
    """Return the format of files with `suffix`, such as '.png', in any case; None for an unknown one."""
    found = (READERS.load(name) for name in READERS.names())
    return next((module for module in found if suffix.lower() in module.SUFFIXES), None)


def suffixes() -> tuple[str, ...]:
    """Return the suffixes of all formats."""
    return tuple(suffix for name in READERS.names() for suffix in READERS.load(name).SUFFIXES)
