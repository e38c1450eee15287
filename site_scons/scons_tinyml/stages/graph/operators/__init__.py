"""Operators, one file each, found by name. `families/` holds what several of them share."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

from scons_tinyml.stages.graph.families.base import Operator


@cache
def find_operator(name: str) -> Operator | None:
    """The operator `name` of the TensorFlow Lite schema, None when this version does not know it."""
    module = f"{__name__}.{name.lower()}"
    if find_spec(module) is None:
        return None
    operator: Operator | None = getattr(import_module(module), "OPERATOR", None)
    return operator


def known_operators() -> tuple[str, ...]:
    """Names of all operators of this version."""
    names = (path.stem.upper() for path in Path(__file__).parent.glob("[a-z]*.py"))
    return tuple(sorted(name for name in names if find_operator(name) is not None))
