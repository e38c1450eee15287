"""What an action depends on beside its source files and our own modules: versions of packages, parts of records."""

from __future__ import annotations

import json
import os
import sys
from functools import cache
from typing import Any

_INFO = ".dist-info"


def packages(*names: str) -> str:
    """Versions of installed packages as text for a Value node; an absent one is said as absent."""
    return canonical({name: _version(name) for name in names})


def _version(name: str) -> str:
    return _installed().get(name.lower().replace("-", "_"), "absent")


@cache
def _installed() -> dict[str, str]:
    """Versions by normalized name, from the names of folders: importlib.metadata takes 30 ms to import."""
    names = (name for entry in reversed(sys.path) for name in _listed(entry) if name.endswith(_INFO))
    stems = (name.removesuffix(_INFO) for name in names)
    return {project.lower(): version for project, _, version in (stem.rpartition("-") for stem in stems)}


def _listed(folder: str) -> list[str]:
    try:
        return os.listdir(folder or ".")  # noqa: PTH208 - a fifth of the time of pathlib, in every build
    except OSError:
        return []


def canonical(value: Any) -> str:
    """JSON text of `value` that is the same whenever the value is."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"))
