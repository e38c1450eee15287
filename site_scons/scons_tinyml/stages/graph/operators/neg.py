"""NEG: minus each value."""

from __future__ import annotations

from scons_tinyml.stages.graph.families.unary import Unary


class Neg(Unary):
    """Changes the sign, of zeros too."""

    name = "NEG"


OPERATOR = Neg()
