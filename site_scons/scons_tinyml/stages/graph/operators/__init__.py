"""Operators, found by the name of their file."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

from scons_tinyml.stages.graph.operators.base import Operator

_HELPERS = {
    *("__init__", "base", "activation", "elementwise", "pooling"),
    *("quantized", "tensors", "weights", "windows"),
    *("blocks", "indexed_copy", "moves", "paddings", "resize", "runs", "strided_copy"),
    *("broadcast", "common_scale", "comparison", "fixed_point", "logical", "table", "unary"),
}


@cache
def find_operator(name: str) -> Operator | None:
    """The operator called `name` in the TensorFlow Lite schema, None when this version does not know it."""
    module = f"{__name__}.{name.lower()}"
    if name.lower() in _HELPERS or find_spec(module) is None:
        return None
    operator: Operator = import_module(module).OPERATOR
    return operator


def known_operators() -> tuple[str, ...]:
    """Names of all operators of this version."""
    files = Path(__file__).parent.glob("*.py")
    return tuple(sorted(path.stem.upper() for path in files if path.stem not in _HELPERS))
