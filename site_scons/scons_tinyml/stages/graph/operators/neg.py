"""NEG: minus each value."""

from __future__ import annotations

from scons_tinyml.stages.graph.families.elementwise.unary import Unary


class Neg(Unary):
    """Changes the sign, also of zeros; the least integer stays unchanged.

    Quantized values are not supported: LiteRT negates the integers as if zero points were 0 and scales equal.
    """

    name = "NEG"
    types = ("int32", "int64", "float32")
    litert_types = ("int32", "int64")


OPERATOR = Neg()
