"""NEG: minus each value."""

from __future__ import annotations

from scons_tinyml.stages.graph.families.elementwise.unary import Unary


class Neg(Unary):
    """Changes the sign, of zeros too; the least integer has none to change and stays.

    Not of quantized values: LiteRT changes the sign of integers as if their zero points were 0, and their scales alike.
    """

    name = "NEG"
    types = ("int32", "int64", "float32")
    litert_types = ("int32", "int64")


OPERATOR = Neg()
