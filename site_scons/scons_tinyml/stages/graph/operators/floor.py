"""FLOOR: largest whole number that is not above each value."""

from __future__ import annotations

from scons_tinyml.stages.graph.families.elementwise.unary import Unary


class Floor(Unary):
    """A function whose result is exact."""

    name = "FLOOR"


OPERATOR = Floor()
