"""ADD: sum of two tensors, then a clamp."""

from __future__ import annotations

from scons_tinyml.stages.graph.ir import LayerView
from scons_tinyml.stages.graph.operators.common_scale import (
    check_output_factor,
    common_scale,
    common_scale_fields,
)
from scons_tinyml.stages.graph.operators.elementwise import Arithmetic
from scons_tinyml.stages.graph.operators.quantized import scale

_LEFT_SHIFT = 20
"""Headroom of int8 inputs in 32 bits: 9 bits of (value - zero point), 20 of fraction and one of the sum."""


class Add(Arithmetic):
    """int8 values are added in a common scale."""

    name = "ADD"

    def _check_values(self, view: LayerView) -> list[str]:
        number_type = self.number_type(view)
        if number_type == "int32" and view.option_text("fused_activation_function") != "NONE":
            # TensorFlow Lite Micro leaves the clamp out here, other runtimes do not.
            return ["a sum of int32 cannot have a fused activation"]
        return check_output_factor(view, self._output_factor(view)) if number_type == "int8" else []

    def _scale_fields(self, view: LayerView) -> dict[str, int]:
        common = common_scale(view)
        inputs = (scale(view.input(0)) / common, scale(view.input(1)) / common)
        return common_scale_fields(view, (*inputs, self._output_factor(view)), _LEFT_SHIFT)

    @staticmethod
    def _output_factor(view: LayerView) -> float:
        return common_scale(view) / ((1 << _LEFT_SHIFT) * scale(view.output()))


OPERATOR = Add()
