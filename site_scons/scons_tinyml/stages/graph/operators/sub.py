"""SUB: difference of two tensors, then a clamp."""

from __future__ import annotations

from scons_tinyml.stages.graph.ir import LayerView
from scons_tinyml.stages.graph.operators.common_scale import (
    check_output_factor,
    common_scale,
    common_scale_fields,
)
from scons_tinyml.stages.graph.operators.elementwise import Arithmetic
from scons_tinyml.stages.graph.operators.quantized import round_to_float32, scale

_LEFT_SHIFT = 20
"""Headroom of int8 inputs in 32 bits: 9 bits of (value - zero point), 20 of fraction and one of the difference."""


class Sub(Arithmetic):
    """int8 values are subtracted in a common scale; its factors are quotients of float32, unlike those of ADD."""

    name = "SUB"

    def _check_values(self, view: LayerView) -> list[str]:
        is_int8 = self.number_type(view) == "int8"
        return check_output_factor(view, self._output_factor(view)) if is_int8 else []

    def _scale_fields(self, view: LayerView) -> dict[str, int]:
        common = common_scale(view)
        inputs = (round_to_float32(scale(view.input(place)) / common) for place in (0, 1))
        return common_scale_fields(view, (*inputs, self._output_factor(view)), _LEFT_SHIFT)

    @staticmethod
    def _output_factor(view: LayerView) -> float:
        return round_to_float32(common_scale(view) / ((1 << _LEFT_SHIFT) * scale(view.output())))


OPERATOR = Sub()
