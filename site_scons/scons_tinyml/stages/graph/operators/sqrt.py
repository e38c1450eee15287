"""SQRT: square root of each value."""

from __future__ import annotations

from scons_tinyml.stages.graph.families.unary import Unary


class Sqrt(Unary):
    """NaN for negative values."""

    name = "SQRT"


OPERATOR = Sqrt()
