"""Operators, one file each, found by name. `families/` holds their shared code."""

from __future__ import annotations

from functools import cache

from scons_tinyml.registry import Plugins
from scons_tinyml.stages.graph.families.base import Operator

OPERATORS = Plugins("scons_tinyml.stages.graph.operators", provides="OPERATOR")


@cache
def find_operator(name: str) -> Operator | None:
    """Return the operator `name` of the TensorFlow Lite schema, None when this version lacks it."""
    if name not in OPERATORS:
        return None
    operator: Operator = OPERATORS.load(name).OPERATOR
    return operator


def known_operators() -> tuple[str, ...]:
    """Return the names of all operators of this version."""
    return tuple(sorted(name.upper() for name in OPERATORS.names()))
