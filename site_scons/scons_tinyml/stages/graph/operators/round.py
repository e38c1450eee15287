"""ROUND: nearest whole number of each value."""

from __future__ import annotations

from scons_tinyml.stages.graph.families.elementwise.unary import Unary


class Round(Unary):
    """Halves become even."""

    name = "ROUND"


OPERATOR = Round()
