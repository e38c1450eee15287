"""What an action depends on beside its source files: our own modules, versions of packages, parts of records."""

from __future__ import annotations

import json
import re
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import scons_tinyml

PACKAGE_FOLDER = Path(scons_tinyml.__file__).parent
_IMPORT = re.compile(
    r"^[ \t]*(?:from[ \t]+(scons_tinyml[\w.]*)[ \t]+import[ \t]+(.+)|import[ \t]+(scons_tinyml[\w.]*))", re.M
)


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
                found.update(sorted((path.parent / "templates").glob("*.j2")))
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
    for origin, names, plain in _IMPORT.findall(path.read_text(encoding="utf-8")):
        found.append(origin or plain)
        found.extend(f"{origin}.{name.split()[0]}" for name in names.strip("() ").split(",") if name.strip())
    return tuple(found)


def packages(*names: str) -> str:
    """Versions of installed packages as text for a Value node; an absent one is said as absent."""
    return canonical({name: _version(name) for name in names})


@cache
def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "absent"


def canonical(value: Any) -> str:
    """JSON text of `value` that is the same whenever the value is."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"))
