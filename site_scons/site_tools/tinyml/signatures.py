"""What an action depends on beside its source files: our own modules, versions of packages, parts of records."""

from __future__ import annotations

import json
import re
import sys
from functools import cache
from pathlib import Path
from typing import Any

import scons_tinyml

PACKAGE_FOLDER = Path(scons_tinyml.__file__).parent
_IMPORT = re.compile(r"^ *from (scons_tinyml[\w.]*) import (.+)", re.MULTILINE)


def module_files(*modules: str) -> list[Path]:
    """Files of `modules` (dotted names below scons_tinyml) and of all project modules that they import.

    Templates beside a module that reads resources belong to it.
    """
    found: set[Path] = set()
    pending = [f"scons_tinyml.{module}" for module in modules]
    while pending:
        for path in _files_of(pending.pop()):
            if path not in found:
                found.add(path)
                pending.extend(_imports(path))
                found.update(sorted((path.parent / "templates").rglob("*.j2")))
    return sorted(found)


@cache
def _files_of(module: str) -> tuple[Path, ...]:
    """The file of a module; of a package its `__init__` and, when it can be run, its `__main__`.

    A package that finds its modules by name (operators, timing models, data sets) is all of its files.
    """
    path = PACKAGE_FOLDER.joinpath(*module.split(".")[1:])
    init = path / "__init__.py"
    if init.is_file() and "import_module" in init.read_text(encoding="utf-8"):
        return tuple(sorted(path.glob("*.py")))
    candidates = (path.with_suffix(".py"), init, path / "__main__.py")
    return tuple(candidate for candidate in candidates if candidate.is_file())


@cache
def _imports(path: Path) -> tuple[str, ...]:
    found = []
    for origin, names in _IMPORT.findall(path.read_text(encoding="utf-8")):
        found.append(origin)
        found.extend(f"{origin}.{name.split()[0]}" for name in names.strip("() ").split(",") if name.strip())
    return tuple(found)


def packages(*names: str) -> str:
    """Versions of installed packages as text for a Value node; an absent one is said as absent."""
    return canonical({name: _version(name) for name in names})


def _version(name: str) -> str:
    return _installed().get(name.lower().replace("-", "_"), "absent")


@cache
def _installed() -> dict[str, str]:
    """Versions by normalized name, from the names of folders: importlib.metadata takes 30 ms to import."""
    folders = (path for entry in reversed(sys.path) for path in Path(entry).glob("*.dist-info"))
    stems = (folder.name.removesuffix(".dist-info") for folder in folders)
    return {project.lower(): version for project, _, version in (stem.rpartition("-") for stem in stems)}


def canonical(value: Any) -> str:
    """JSON text of `value` that is the same whenever the value is."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"))
