"""SIN: sine of each value."""

from __future__ import annotations

from scons_tinyml.stages.graph.families.elementwise.unary import Unary


class Sin(Unary):
    """As the C library rounds it."""

    name = "SIN"


OPERATOR = Sin()
