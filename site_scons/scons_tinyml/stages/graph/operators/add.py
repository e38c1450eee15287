"""ADD: sum of two tensors, then a clamp."""

from __future__ import annotations

from scons_tinyml.stages.graph.families.common_scale import (
    check_output_factor,
    common_scale,
    common_scale_fields,
    left_shift,
)
from scons_tinyml.stages.graph.families.elementwise import QUANTIZED, WITH_INT16, Arithmetic
from scons_tinyml.stages.graph.families.quantized import scale
from scons_tinyml.stages.graph.ir import LayerView


class Add(Arithmetic):
    """Quantized values are added in a common scale."""

    name = "ADD"
    types = WITH_INT16

    def _check_values(self, view: LayerView) -> list[str]:
        number_type = self.number_type(view)
        if number_type == "int32" and view.option_text("fused_activation_function") != "NONE":
            # TensorFlow Lite Micro leaves the clamp out here, other runtimes do not.
            return ["a sum of int32 cannot have a fused activation"]
        return check_output_factor(view, self._output_factor(view)) if number_type in QUANTIZED else []

    def _scale_fields(self, view: LayerView) -> dict[str, int]:
        common = common_scale(view)
        inputs = (scale(view.input(0)) / common, scale(view.input(1)) / common)
        return common_scale_fields(view, (*inputs, self._output_factor(view)), left_shift(view))

    @staticmethod
    def _output_factor(view: LayerView) -> float:
        return common_scale(view) / ((1 << left_shift(view)) * scale(view.output()))


OPERATOR = Add()
