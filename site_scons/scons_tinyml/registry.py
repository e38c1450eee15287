"""Plug-ins that are found by the names of their files: operators, cores, chip families, data sets, commands.

    CORES = Plugins("scons_tinyml.emulator.timing", provides="MODEL")
    CORES.load("cortex-m4").MODEL

A new plug-in is a new file in the package. The package must be a literal in the source: the build reads it there, and
makes every file of the package a dependency of each stage that can load from it.
"""

from __future__ import annotations

import re
from functools import cache
from importlib import import_module
from pathlib import Path
from types import ModuleType

from scons_tinyml.records.record import Record

_ROOT = Path(__file__).resolve().parent


class Plugins(Record):
    """The modules of `package` (a dotted name of this project) that define `provides`, a function or a value."""

    package: str
    provides: str

    @property
    def folder(self) -> Path:
        """Folder of the files."""
        return _ROOT.joinpath(*self.package.split(".")[1:])

    def names(self) -> tuple[str, ...]:
        """Return the names of all plug-ins, those of their files, sorted."""
        return _names(self.folder, self.provides)

    def __contains__(self, name: str) -> bool:
        return _stem(name) in self.names()

    def file(self, name: str) -> Path:
        """Return the file of the plug-in `name`."""
        return self.folder / f"{_stem(name)}.py"

    def load(self, name: str) -> ModuleType:
        """Import the plug-in `name` and return its module: 'cortex-m4' is cortex_m4.py, 'CONV_2D' is conv_2d.py.

        Raises KeyError for an unknown name.
        """
        if name not in self:
            raise KeyError(name)
        return import_module(f"{self.package}.{_stem(name)}")


def _stem(name: str) -> str:
    return name.lower().replace("-", "_")


@cache
def _names(folder: Path, provides: str) -> tuple[str, ...]:
    """Return the names of modules whose text defines `provides`.

    Importing all of them would take time, and some need packages that are not installed everywhere."""
    definition = re.compile(rf"^(?:def {provides}\(|{provides}\b.*=)", re.MULTILINE)
    files = sorted(folder.glob("[!_]*.py"))
    return tuple(path.stem for path in files if definition.search(path.read_text(encoding="utf-8")))
