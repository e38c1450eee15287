"""LOGISTIC: 1 / (1 + exp(-x)) of each value."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from scons_tinyml.stages.graph.families.base import CArray
from scons_tinyml.stages.graph.families.quantization import fixed_point
from scons_tinyml.stages.graph.families.quantization.scales import INT8_MIN
from scons_tinyml.stages.graph.families.tables.lookup import WITH_INT16, Tabulated, check_curve_input, curve
from scons_tinyml.stages.graph.families.tables.sigmoid import check_sigmoid, exact_steps, sigmoid_fields
from scons_tinyml.stages.graph.ir import LayerView
from scons_tinyml.stages.graph.operators.softmax import check_probability

_SHIFTS = (0,)
"""Scales of 2**(shift - 12) need no rounding in int16."""


class Logistic(Tabulated):
    """Sigmoid; in int8 the result is value / 256 with zero point -128, in int16 value / 32768."""

    name = "LOGISTIC"
    types = WITH_INT16

    def _check_values(self, view: LayerView) -> list[str]:
        if self.number_type(view) == "int16":
            return check_sigmoid(view)
        is_int8 = self.number_type(view) == "int8"
        return [*check_probability(view), *check_curve_input(view)] if is_int8 else []

    def _int16_attributes(self, view: LayerView) -> dict[str, int]:
        return exact_steps(view, _SHIFTS)

    def _int16_fields(self, view: LayerView) -> Mapping[str, int | CArray]:
        return sigmoid_fields(view, _SHIFTS)

    def int8_function(self, view: LayerView) -> Callable[[int], int]:
        """Return the curve in fixed point."""
        return curve(
            view, lambda x: INT8_MIN + fixed_point.rounded_shift_right(fixed_point.logistic(x), 31 - 8)
        )


OPERATOR = Logistic()
