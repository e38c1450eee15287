"""SUB: difference of two tensors, then a clamp."""

from __future__ import annotations

from scons_tinyml.stages.graph.families.common_scale import (
    check_output_factor,
    common_scale,
    common_scale_fields,
    left_shift,
)
from scons_tinyml.stages.graph.families.elementwise import QUANTIZED, WITH_INT16, Arithmetic
from scons_tinyml.stages.graph.families.quantized import round_to_float32, scale
from scons_tinyml.stages.graph.ir import LayerView


class Sub(Arithmetic):
    """Quantized values are subtracted in a common scale; its factors are quotients of float32, unlike those of ADD."""

    name = "SUB"
    types = WITH_INT16

    def _check_values(self, view: LayerView) -> list[str]:
        is_quantized = self.number_type(view) in QUANTIZED
        return check_output_factor(view, self._output_factor(view)) if is_quantized else []

    def _scale_fields(self, view: LayerView) -> dict[str, int]:
        common = common_scale(view)
        inputs = (round_to_float32(scale(view.input(place)) / common) for place in (0, 1))
        return common_scale_fields(view, (*inputs, self._output_factor(view)), left_shift(view))

    @staticmethod
    def _output_factor(view: LayerView) -> float:
        return round_to_float32(common_scale(view) / ((1 << left_shift(view)) * scale(view.output())))


OPERATOR = Sub()
