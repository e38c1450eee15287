"""SIN: sine of each value."""

from __future__ import annotations

from scons_tinyml.stages.graph.families.elementwise.unary import Unary


class Sin(Unary):
    """Rounded as the C library does."""

    name = "SIN"


OPERATOR = Sin()
