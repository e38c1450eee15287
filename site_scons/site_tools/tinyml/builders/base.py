"""What all builders share: sources and targets as nodes, options as construction variables."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import field
from typing import Any

from SCons.Util import flatten

from scons_tinyml.records.errors import InputError
from scons_tinyml.records.record import Record

from .. import environment, job, paths
from ..commandline.command_line import OPTIONS
from ..lifecycle import failing

_VARIABLES = {"target": "TINYML_BOARD", "kernels": "TINYML_KERNEL_SETS"}
"""Construction variables by option, where their names differ."""
_PATHS = ("representative", "test", "history")
"""Options with the path of a file or folder, or its node."""
_FILES = ("TINYML_LINKER_SCRIPT",)
"""Construction variables with the path of a file, or its node."""
_OF_COMMANDS = (
    "model",
    "costs",
    "boards",
    "layer",
    "placements",
    "port",
    "upload",
    "again",
    "export",
    "cache",
)
"""Options that no construction variable stands for, or that have one of their own."""
WORK = ".tinyml"
"""Suffix of the folder with what is made on the way to a target."""


def options(env: Any) -> dict[str, str]:
    """Return the options that construction variables set: TINYML_BOARD, TINYML_FLASH and so on."""
    names = {name: variable(name) for name in OPTIONS if name not in _OF_COMMANDS}
    given = {name: env[variable] for name, variable in names.items() if env.get(variable)}
    return {name: paths.given(env, value) if name in _PATHS else str(value) for name, value in given.items()}


class Call(Record):
    """Call of a builder: environment with all overrides, sources and targets as nodes."""

    builder: str
    env: Any
    sources: list[Any]
    targets: list[Any]
    arguments: Mapping[str, str] = field(default_factory=dict)
    """Options by their names on the command line."""
    nodes: Mapping[str, Any] = field(default_factory=dict)
    """Nodes of the files that construction variables name, such as TINYML_LINKER_SCRIPT."""

    def one_source(self) -> Any:
        """Return the only source; all files of one builder count as one. Raises InputError for another number."""
        found = {id(made_of(source) or source): source for source in self.sources}
        if len(found) != 1:
            raise InputError(f"needs one source, found {len(found)}", where=self.builder)
        return next(iter(found.values()))

    def target(self, default: str) -> str:
        """Return the path of the first target, or `default`."""
        return paths.from_top(self.env, self.targets[0]) if self.targets else default

    def settled(self, overrides: Mapping[str, str]) -> Any:
        """Return the environment of the nodes."""
        return environment.settle(self.env, self.arguments, overrides)


class Builder:
    """Method of the environment after SCons's conventions: `env.Name(target, source, **overrides)`.

    With one argument it is the source. Overrides are construction variables. Functions in the variable
    NAMEEMITTER (TINYMLLIBRARYEMITTER) get and return targets and sources, before anything is made of them.
    """

    def __init__(self, name: str, make: Callable[[Call], list[Any]]) -> None:
        self.__name__ = name
        self._make = make

    def __call__(self, env: Any, target: Any = None, source: Any = None, **overrides: Any) -> list[Any]:
        """Return the nodes of the artefact, the main one first."""
        if source is None:
            target, source = None, target
        with failing.reported(), self._named():
            env = env.Clone(**overrides)
            targets, sources = (
                [] if given is None else paths.nodes(env, given) for given in (target, source)
            )
            for emitter in flatten(env.get(f"{self.__name__.upper()}EMITTER", [])):
                targets, sources = emitter(target=targets, source=sources, env=env)
            arguments = options(env)
            paths.settle_folders(env)
            files = {name: paths.nodes(env, env[name])[0] for name in _FILES if env.get(name)}
            with paths.at_top(env):
                made = self._make(Call(self.__name__, env, sources, targets, arguments, files))
                job.save(env)
            return made

    @contextmanager
    def _named(self) -> Iterator[None]:
        """Have mistakes in options told as those of this builder's construction variables."""
        try:
            yield
        except InputError as error:
            if error.where == "command line":
                error.where = self.__name__
                error.key = "source" if error.key == "model" else variable(error.key or "")
            raise


def variable(option: str) -> str:
    """Return the construction variable that stands for `option`; one in capitals is one already."""
    return option if option.isupper() else _VARIABLES.get(option, f"TINYML_{option.upper()}")


def made_of(node: Any) -> Any:
    """Return what a builder knows of `node`, which it made; None for any other file."""
    return getattr(node.attributes, "tinyml", None)


def stem_of(path: str) -> str:
    """Return `path` without its suffix."""
    return os.path.splitext(path)[0]  # noqa: PTH122 - as text
