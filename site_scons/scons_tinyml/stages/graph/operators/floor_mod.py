"""FLOOR_MOD: remainder of a quotient that is rounded down; it has the sign of the divisor."""

from __future__ import annotations

from scons_tinyml.stages.graph.families.elementwise.binary import Binary, check_repeated, holds_zero
from scons_tinyml.stages.graph.ir import LayerView


class FloorMod(Binary):
    """Results of a division of integers by 0 are undefined; that of floats is NaN."""

    name = "FLOOR_MOD"
    types = ("int32", "int64", "float32")
    litert_types = ("int32", "int64")

    def _check_values(self, view: LayerView) -> list[str]:
        divides_by_zero = self.number_type(view) != "float32" and holds_zero(view.input(1))
        problems = ["input 2 is constant and holds a 0"] if divides_by_zero else []
        return problems + check_repeated(view)


OPERATOR = FloorMod()
