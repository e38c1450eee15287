"""SQUARE: product of each value with itself."""

from __future__ import annotations

from scons_tinyml.stages.graph.families.elementwise.unary import Unary


class Square(Unary):
    """One multiplication."""

    name = "SQUARE"


OPERATOR = Square()
