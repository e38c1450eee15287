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


@cache
def custom_operators() -> dict[str, str]:
    """Return the names of custom operators by their codes in files: {'SignalWindow': 'SIGNAL_WINDOW'}."""
    found = {name: find_operator(name) for name in known_operators()}
    return {
        operator.custom_code: name for name, operator in found.items() if operator and operator.custom_code
    }


def known_operators() -> tuple[str, ...]:
    """Return the names of all operators that a file may have."""
    found = {name.upper(): find_operator(name.upper()) for name in OPERATORS.names()}
    return tuple(sorted(name for name, operator in found.items() if operator and not operator.made_by))
