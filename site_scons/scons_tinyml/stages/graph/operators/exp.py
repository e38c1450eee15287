"""EXP: exponential of each value."""

from __future__ import annotations

from scons_tinyml.stages.graph.families.unary import Unary


class Exp(Unary):
    """As the C library rounds it."""

    name = "EXP"


OPERATOR = Exp()
