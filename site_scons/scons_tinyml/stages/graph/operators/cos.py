"""COS: cosine of each value."""

from __future__ import annotations

from scons_tinyml.stages.graph.families.elementwise.unary import Unary


class Cos(Unary):
    """As the C library rounds it."""

    name = "COS"


OPERATOR = Cos()
