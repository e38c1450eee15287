"""What is found by its name: operators, cores, chip families, data sets, commands. One idiom for all of them.

    CORES = Plugins("scons_tinyml.emulator.timing", provides="MODEL")
    CORES.load("cortex-m4").MODEL

A new one is a new file in the package. Whoever loads says the package as a literal: the build reads it there, and
makes every file of the package a dependency of each stage that can load from it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from types import ModuleType

_ROOT = Path(__file__).resolve().parent


@dataclass(frozen=True)
class Plugins:
    """The modules of `package` (dotted, of this project) that define `provides` (a function or a value) themselves."""

    package: str
    provides: str

    @property
    def folder(self) -> Path:
        """Where the files are."""
        return _ROOT.joinpath(*self.package.split(".")[1:])

    def names(self) -> tuple[str, ...]:
        """Names of all of them, as their files have them, sorted."""
        return _names(self.folder, self.provides)

    def __contains__(self, name: str) -> bool:
        return _stem(name) in self.names()

    def file(self, name: str) -> Path:
        """The file of the plug-in `name`."""
        return self.folder / f"{_stem(name)}.py"

    def load(self, name: str) -> ModuleType:
        """The module of the plug-in `name`: 'cortex-m4' is cortex_m4.py, 'CONV_2D' is conv_2d.py.

        Raises KeyError for a name that there is not; what is to be said then, its caller knows.
        """
        if name not in self:
            raise KeyError(name)
        return import_module(f"{self.package}.{_stem(name)}")


def _stem(name: str) -> str:
    return name.lower().replace("-", "_")


@cache
def _names(folder: Path, provides: str) -> tuple[str, ...]:
    """Read in the text: importing all of them takes time, and some need what is not installed everywhere."""
    definition = re.compile(rf"^(?:def {provides}\(|{provides}\b.*=)", re.MULTILINE)
    files = sorted(folder.glob("[!_]*.py"))
    return tuple(path.stem for path in files if definition.search(path.read_text(encoding="utf-8")))
