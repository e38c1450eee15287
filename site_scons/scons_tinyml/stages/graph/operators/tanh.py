"""TANH: hyperbolic tangent of each value."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from scons_tinyml.stages.graph.families.base import CArray
from scons_tinyml.stages.graph.families.quantization import fixed_point
from scons_tinyml.stages.graph.families.quantization.scales import scale, zero_point
from scons_tinyml.stages.graph.families.tables.lookup import WITH_INT16, Tabulated, check_curve_input, curve
from scons_tinyml.stages.graph.families.tables.sigmoid import check_sigmoid, exact_steps, sigmoid_fields
from scons_tinyml.stages.graph.ir import LayerView

_SHIFTS = (0, 1)
"""Scales of 2**(shift - 12) need no rounding in int16."""


class Tanh(Tabulated):
    """Hyperbolic tangent; in int8 the result is value / 128 with zero point 0, in int16 value / 32768."""

    name = "TANH"
    types = WITH_INT16

    def _check_values(self, view: LayerView) -> list[str]:
        if self.number_type(view) == "int16":
            return check_sigmoid(view)
        if self.number_type(view) != "int8":
            return []
        output = view.output()
        found = (scale(output), zero_point(output))
        problems = [f"output has scale {found[0]!r} and zero point {found[1]}, expected 1/128 and 0"]
        return [*(problems if found != (1 / 128, 0) else []), *check_curve_input(view)]

    def _int16_attributes(self, view: LayerView) -> dict[str, int]:
        return exact_steps(view, _SHIFTS)

    def _int16_fields(self, view: LayerView) -> Mapping[str, int | CArray]:
        return sigmoid_fields(view, _SHIFTS)

    def int8_function(self, view: LayerView) -> Callable[[int], int]:
        """Return the curve in fixed point."""
        return curve(view, lambda x: fixed_point.rounded_shift_right(fixed_point.tanh(x), 31 - 7))


OPERATOR = Tanh()
