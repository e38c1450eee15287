"""MUL: product of two tensors, then a clamp."""

from __future__ import annotations

from scons_tinyml.stages.graph.ir import LayerView
from scons_tinyml.stages.graph.operators.elementwise import Elementwise
from scons_tinyml.stages.graph.operators.quantized import quantize_multiplier, scale, zero_point


class Mul(Elementwise):
    """Product of the integers, scaled once."""

    name = "MUL"

    def _scale_fields(self, view: LayerView) -> dict[str, int]:
        first, second, output = view.input(0), view.input(1), view.output()
        fixed = quantize_multiplier(scale(first) * scale(second) / scale(output))
        return {
            "input_1_offset": -zero_point(first),
            "input_2_offset": -zero_point(second),
            "output_offset": zero_point(output),
            "output_multiplier": fixed.multiplier,
            "output_shift": fixed.shift,
        }


OPERATOR = Mul()
