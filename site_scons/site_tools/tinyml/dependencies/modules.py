"""Files of scons_tinyml that a stage depends on: modules that it imports or can load by name, and their data.

A file is read again when its state has changed. Results are kept in `FILE` between builds, so that a build with nothing
to do only looks at states.
"""

from __future__ import annotations

import ast
import hashlib
import json
import marshal
import os
import re
from collections.abc import Iterator
from dataclasses import replace
from functools import cache, cached_property
from pathlib import Path

import scons_tinyml
from scons_tinyml.records.errors import TinymlError
from scons_tinyml.records.file_state import State, file_state
from scons_tinyml.records.json_text import parse_json
from scons_tinyml.records.record import Record

PACKAGE_FOLDER = Path(scons_tinyml.__file__).resolve().parent
FILE = "modules.json"
_PACKAGE = PACKAGE_FOLDER.name
_MODULE = re.compile(rf"{_PACKAGE}(\.\w+)+")
_NO_REFERENCES = 2
"""Version of marshal whose output depends on values alone."""
_PLUGINS = "Plugins"
_ALL = "*"
"""Last part of a name for all modules of a package: 'scons_tinyml.emulator.devices.*'."""


class Source(Record):
    """File of the package: its state, its digest, and the modules that it names."""

    stamp: State
    digest: str
    names: tuple[str, ...]


class Modules:
    """All files of the package in `folder`, as they are now. `memory` keeps results between builds."""

    def __init__(self, folder: Path, memory: Path) -> None:
        self._folder = folder
        self._memory = memory
        self._stamps: dict[str, State] = {}
        _add_stamps(self._stamps, str(folder), "")
        state = marshal.dumps((str(folder), sorted(self._stamps.items())), _NO_REFERENCES)
        self._state = hashlib.sha256(state).hexdigest()
        self._digests = _digests(next(_recall(memory), ""), self._state)
        self._saved = dict(self._digests)

    def digest(self, *modules: str) -> str:
        """Return the SHA-256 of names and contents of the files that `files(*modules)` lists."""
        subject = " ".join(modules)
        if subject not in self._digests:
            digest = hashlib.sha256()
            for name in self._closure(modules):
                digest.update(f"{name}\0{self.sources[name].digest}\n".encode())
            self._digests[subject] = digest.hexdigest()
        return self._digests[subject]

    def files(self, *modules: str) -> list[Path]:
        """Return the files of `modules` (names below the package), of all they may load, and their data."""
        return [self._folder / name for name in self._closure(modules)]

    def save(self) -> None:
        """Write the results to `memory`. A failure is ignored: the next build then reads all files again."""
        if self._digests == self._saved:
            return
        from scons_tinyml.stages.files import write_text

        first = json.dumps({"state": self._state, "digests": self._digests})
        rest = {name: (one.stamp, one.digest, one.names) for name, one in self.sources.items()}
        try:
            write_text(self._memory, f"{first}\n{json.dumps(rest)}")
        except TinymlError:
            return

    @cached_property
    def sources(self) -> dict[str, Source]:
        """All files by their path relative to the folder."""
        known = _sources("".join([*_recall(self._memory)][1:]))
        return {
            name: _read(self._folder, name, stamp, known.get(name)) for name, stamp in self._stamps.items()
        }

    @cached_property
    def _data(self) -> dict[str, list[str]]:
        """Data files, such as templates, by their package; without those in the root of scons_tinyml."""
        found: dict[str, list[str]] = {}
        for name in self.sources:
            if not name.endswith(".py"):
                folder = name.rpartition("/")[0]
                while folder and f"{folder}/__init__.py" not in self.sources:
                    folder = folder.rpartition("/")[0]
                if folder:
                    found.setdefault(folder, []).append(name)
        return found

    def _closure(self, modules: tuple[str, ...]) -> list[str]:
        pending = [f"{_PACKAGE}.{module}{end}" for module in modules for end in ("", ".__main__")]
        seen, found = set(pending), set[str]()
        while pending:
            for name in self._files_of(pending.pop()):
                if name not in found:
                    found.add(name)
                    found.update(self._data.get(name.rpartition("/")[0], ()))
                    pending.extend(new := set(self.sources[name].names) - seen)
                    seen |= new
        return sorted(found)

    def _files_of(self, module: str) -> Iterator[str]:
        """Yield the file of `module`, and those of its parent packages, which Python runs first."""
        parts = module.split(".")[1:]
        for end in range(len(parts) + 1):
            if (name := "/".join([*parts[:end], "__init__.py"])) in self.sources:
                yield name
        if parts[-1:] == [_ALL]:
            folder = "".join(f"{part}/" for part in parts[:-1])
            yield from (name for name in self.sources if re.fullmatch(rf"{folder}\w+\.py", name))
        elif (name := f"{'/'.join(parts)}.py") in self.sources:
            yield name


@cache
def of_project(state: str) -> Modules:
    """Return the modules of this installation, with results kept in the folder `state`."""
    return Modules(PACKAGE_FOLDER, Path(state, FILE))


def named_modules(text: str, module: str, *, is_package: bool) -> tuple[str, ...]:
    """Return the modules of scons_tinyml that the source `text` of `module` imports, or names in a string.

    A call of `Plugins` with the name of a package stands for all modules of that package.
    """
    package = module if is_package else module.rpartition(".")[0]
    found: set[str] = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            origin = _origin(node, package)
            found.update([origin, *(f"{origin}.{alias.name}" for alias in node.names)])
        elif isinstance(node, ast.Call) and _called(node.func) == _PLUGINS:
            found.update(f"{name}.{_ALL}" for name in _texts(node))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and _MODULE.fullmatch(node.value):
            found.add(node.value)
    return tuple(sorted(name for name in found if _MODULE.match(name)))


def _origin(node: ast.ImportFrom, package: str) -> str:
    if not node.level:
        return node.module or ""
    parts = package.split(".")
    return ".".join([*parts[: len(parts) + 1 - node.level], *([node.module] if node.module else [])])


def _called(function: ast.expr) -> str:
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def _texts(call: ast.Call) -> Iterator[str]:
    given = [*call.args[:1], *(word.value for word in call.keywords if word.arg == "package")]
    return (
        value.value for value in given if isinstance(value, ast.Constant) and isinstance(value.value, str)
    )


def _add_stamps(found: dict[str, State], folder: str, prefix: str) -> None:
    """Add path and state of files below `folder` to `found`: no caches, backups or hidden files."""
    with os.scandir(folder) as entries:
        for entry in entries:
            name = entry.name
            if name[0] == "." or name == "__pycache__" or name.endswith((".pyc", "~")):
                continue
            if entry.is_dir():
                if prefix or name != "data":
                    _add_stamps(found, entry.path, f"{prefix}{name}/")
            else:
                found[f"{prefix}{name}"] = file_state(entry.stat())


def _read(folder: Path, name: str, stamp: State, known: Source | None) -> Source:
    """Return the file `name` in `folder`, which is parsed only if it is not as `known`."""
    if known is not None and known.stamp == stamp:
        return known
    content = (folder / name).read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    if known is not None and known.digest == digest:
        return replace(known, stamp=stamp)
    if not name.endswith(".py"):
        return Source(stamp, digest, ())
    module = ".".join([_PACKAGE, *name.removesuffix(".py").split("/")])
    is_package = module.endswith(".__init__")
    names = named_modules(
        content.decode(), module.removesuffix(".__init__") if is_package else module, is_package=is_package
    )
    return Source(stamp, digest, names)


def _recall(memory: Path) -> Iterator[str]:
    """Yield the lines of the file `memory`: the digests, which every build reads, and the sources."""
    try:
        with memory.open(encoding="utf-8") as lines:
            yield from lines
    except (OSError, ValueError):
        return


def _digests(text: str, state: str) -> dict[str, str]:
    """Return the digests in `text` by their modules; none if the files were in another `state`."""
    try:
        known = parse_json(text)
        return dict(known["digests"]) if known["state"] == state else {}
    except (ValueError, LookupError, TypeError):
        return {}


def _sources(text: str) -> dict[str, Source]:
    try:
        known = parse_json(text)
        return {
            name: Source(tuple(stamp), digest, tuple(names)) for name, (stamp, digest, names) in known.items()
        }
    except (ValueError, LookupError, TypeError, AttributeError):
        return {}
