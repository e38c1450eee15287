"""CEIL: smallest whole number that is not below each value."""

from __future__ import annotations

from scons_tinyml.stages.graph.families.elementwise.unary import Unary


class Ceil(Unary):
    """A function whose result is exact."""

    name = "CEIL"


OPERATOR = Ceil()
