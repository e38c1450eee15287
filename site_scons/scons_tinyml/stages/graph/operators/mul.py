"""MUL: product of two tensors, then a clamp."""

from __future__ import annotations

from scons_tinyml.stages.graph.families.elementwise.binary import QUANTIZED, WITH_INT64, Arithmetic
from scons_tinyml.stages.graph.families.quantization.scales import (
    check_shift,
    quantize_multiplier,
    scale,
    zero_point,
)
from scons_tinyml.stages.graph.ir import LayerView

_MOST_LEFT_SHIFTS = {"int8": 14, "int16": 0}
"""The product of two differences of int8 values takes 17 bits with its sign, that of two int16 values 32."""


class Mul(Arithmetic):
    """Product of integers, scaled once."""

    name = "MUL"
    types = WITH_INT64
    litert_types = ("int64",)
    takes_zero = True

    def _check_values(self, view: LayerView) -> list[str]:
        number_type = self.number_type(view)
        if number_type not in QUANTIZED:
            return []
        return check_shift(_factor(view), "output scale", _MOST_LEFT_SHIFTS[number_type])

    def _scale_fields(self, view: LayerView) -> dict[str, int]:
        first, second, output = view.input(0), view.input(1), view.output()
        fixed = quantize_multiplier(_factor(view))
        return {
            "input_1_offset": -zero_point(first),
            "input_2_offset": -zero_point(second),
            "output_offset": zero_point(output),
            "output_multiplier": fixed.multiplier,
            "output_shift": fixed.shift,
        }


def _factor(view: LayerView) -> float:
    return scale(view.input(0)) * scale(view.input(1)) / scale(view.output())


OPERATOR = Mul()
