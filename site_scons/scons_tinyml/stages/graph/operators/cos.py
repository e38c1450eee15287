"""COS: cosine of each value."""

from __future__ import annotations

from scons_tinyml.stages.graph.families.elementwise.unary import Unary


class Cos(Unary):
    """Rounded as the C library does."""

    name = "COS"


OPERATOR = Cos()
