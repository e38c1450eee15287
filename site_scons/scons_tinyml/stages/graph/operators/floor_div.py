"""FLOOR_DIV: quotient of two tensors, rounded down."""

from __future__ import annotations

from scons_tinyml.stages.graph.families.elementwise.binary import Binary, check_repeated, holds_zero
from scons_tinyml.stages.graph.ir import LayerView


class FloorDiv(Binary):
    """Results of a division by 0 are undefined; the oracles stop there."""

    name = "FLOOR_DIV"
    types = ("int32", "float32")
    litert_types = ("int32",)

    def _check_values(self, view: LayerView) -> list[str]:
        problems = ["input 2 is constant and holds a 0"] if holds_zero(view.input(1)) else []
        return problems + check_repeated(view)


OPERATOR = FloorDiv()
