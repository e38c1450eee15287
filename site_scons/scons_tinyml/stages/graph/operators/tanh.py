"""TANH: hyperbolic tangent of each value."""

from __future__ import annotations

from collections.abc import Callable

from scons_tinyml.stages.graph.ir import LayerView
from scons_tinyml.stages.graph.operators import fixed_point
from scons_tinyml.stages.graph.operators.quantized import scale, zero_point
from scons_tinyml.stages.graph.operators.table import Tabulated, check_curve_input, curve


class Tanh(Tabulated):
    """In int8 the result is value / 128 with zero point 0."""

    name = "TANH"

    def _check_values(self, view: LayerView) -> list[str]:
        if self.number_type(view) != "int8":
            return []
        output = view.output()
        found = (scale(output), zero_point(output))
        problems = [f"output has scale {found[0]!r} and zero point {found[1]}, expected 1/128 and 0"]
        return [*(problems if found != (1 / 128, 0) else []), *check_curve_input(view)]

    def int8_function(self, view: LayerView) -> Callable[[int], int]:
        """The curve in fixed point."""
        return curve(view, lambda x: fixed_point.rounded_shift_right(fixed_point.tanh(x), 31 - 7))


OPERATOR = Tanh()
