"""MEAN: average over the axes in a constant second input, such as height and width of an image."""

from __future__ import annotations

from scons_tinyml.stages.graph.ir import LayerView
from scons_tinyml.stages.graph.operators.base import CStruct
from scons_tinyml.stages.graph.operators.quantized import (
    FixedPoint,
    check_shift,
    quantize_multiplier,
    scale,
    zero_point,
)
from scons_tinyml.stages.graph.operators.reduction import Reduction, extents

_SMALLEST_SHIFT = -31


class Mean(Reduction):
    """A sum and a factor: in int8 that of the scales with the division in it."""

    name = "MEAN"

    def _check_scales(self, view: LayerView) -> list[str]:
        is_int8 = self.number_type(view) == "int8"
        return check_shift(scale(view.input(0)) / scale(view.output()), "output scale") if is_int8 else []

    def parameters(self, view: LayerView) -> CStruct:
        """`tinyml_mean_<type>_params`."""
        sizes = self.attributes(view)
        if self.number_type(view) == "float32":
            return CStruct("tinyml_mean_float32_params", {**sizes, "divisor": self.divisor(view)})
        fixed = self.multiplier(view)
        fields = {
            **sizes,
            "sum_offset": -zero_point(view.input(0)) * extents(view).count,
            "output_offset": zero_point(view.output()),
            "multiplier": fixed.multiplier,
            "shift": fixed.shift,
        }
        return CStruct("tinyml_mean_int8_params", fields)

    def divisor(self, view: LayerView) -> float:
        """What a sum of real numbers is divided by."""
        return float(extents(view).count)

    def multiplier(self, view: LayerView) -> FixedPoint:
        """input scale / output scale / count, the last division in integers as in TensorFlow Lite."""
        ratio = quantize_multiplier(scale(view.input(0)) / scale(view.output()))
        count = extents(view).count
        extra = min(count.bit_length() - 1, 32, ratio.shift - _SMALLEST_SHIFT)
        return FixedPoint((ratio.multiplier << extra) // count, ratio.shift - extra)


OPERATOR = Mean()
