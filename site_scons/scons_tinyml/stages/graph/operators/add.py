"""ADD: sum of two tensors, then a clamp."""

from __future__ import annotations

from scons_tinyml.stages.graph.ir import LayerView
from scons_tinyml.stages.graph.operators.elementwise import Elementwise
from scons_tinyml.stages.graph.operators.quantized import quantize_multiplier, scale, zero_point

_LEFT_SHIFT = 20
"""Headroom of int8 inputs in 32 bits: 9 bits of (value - zero point), 20 of fraction and one of the sum."""


class Add(Elementwise):
    """Sum in the scale of the coarser input times two, so that both multipliers are at most 1/2."""

    name = "ADD"

    def _check_scales(self, view: LayerView) -> list[str]:
        if self.number_type(view) != "int8" or self._output_factor(view) < 1:
            return []
        return [f"output scale {scale(view.output())!r} is too small for the scales of the inputs"]

    def _scale_fields(self, view: LayerView) -> dict[str, int]:
        first, second, output = view.input(0), view.input(1), view.output()
        common = self._common_scale(view)
        first_multiplier = quantize_multiplier(scale(first) / common)
        second_multiplier = quantize_multiplier(scale(second) / common)
        output_multiplier = quantize_multiplier(self._output_factor(view))
        return {
            "input_1_offset": -zero_point(first),
            "input_1_multiplier": first_multiplier.multiplier,
            "input_1_shift": first_multiplier.shift,
            "input_2_offset": -zero_point(second),
            "input_2_multiplier": second_multiplier.multiplier,
            "input_2_shift": second_multiplier.shift,
            "left_shift": _LEFT_SHIFT,
            "output_offset": zero_point(output),
            "output_multiplier": output_multiplier.multiplier,
            "output_shift": output_multiplier.shift,
        }

    @staticmethod
    def _common_scale(view: LayerView) -> float:
        return 2 * max(scale(view.input(0)), scale(view.input(1)))

    def _output_factor(self, view: LayerView) -> float:
        return self._common_scale(view) / ((1 << _LEFT_SHIFT) * scale(view.output()))


OPERATOR = Add()
