"""MEAN: average over the axes in a constant second input, such as height and width of an image."""

from __future__ import annotations

from scons_tinyml.stages.graph.families.base import CStruct
from scons_tinyml.stages.graph.families.quantized import (
    FixedPoint,
    check_shift,
    quantize_multiplier,
    scale,
    zero_point,
)
from scons_tinyml.stages.graph.families.reduction import Reduction, extents
from scons_tinyml.stages.graph.ir import LayerView

_SMALLEST_SHIFT = -31
_SUM_BITS = 31
_LARGEST_DIFFERENCE = {"int8": 255, "int16": 2**15}
"""Between a value and its zero point."""


class Mean(Reduction):
    """A sum and a factor: in int8 that of the scales with the division in it."""

    name = "MEAN"
    types = ("int8", "int16", "float32")

    def _check_scales(self, view: LayerView) -> list[str]:
        number_type = self.number_type(view)
        if number_type is None or number_type == "float32":
            return []
        bits = (_LARGEST_DIFFERENCE[number_type] * extents(view).count).bit_length()
        if bits > _SUM_BITS:
            return [f"adds up {extents(view).count} values of {number_type}, whose sum takes {bits} bits"]
        most = _SUM_BITS - bits + _spare_bits(self.divisor(view))
        return check_shift(scale(view.input(0)) / scale(view.output()), "output scale", most)

    def parameters(self, view: LayerView) -> CStruct:
        """`tinyml_mean_<type>_params`."""
        sizes = self.attributes(view)
        number_type = self.number_type(view)
        if number_type == "float32":
            return CStruct("tinyml_mean_float32_params", {**sizes, "divisor": float(self.divisor(view))})
        fixed = self._multiplier(view)
        fields = {
            **sizes,
            "sum_offset": -zero_point(view.input(0)) * extents(view).count,
            "output_offset": zero_point(view.output()),
            "multiplier": fixed.multiplier,
            "shift": fixed.shift,
        }
        return CStruct(f"tinyml_mean_{number_type}_params", fields)

    def divisor(self, view: LayerView) -> int:
        """What a sum is divided by."""
        return extents(view).count

    def _multiplier(self, view: LayerView) -> FixedPoint:
        """input scale / output scale / divisor, the last division in integers as in TensorFlow Lite."""
        ratio, divisor = quantize_multiplier(scale(view.input(0)) / scale(view.output())), self.divisor(view)
        extra = min(_spare_bits(divisor), 32, ratio.shift - _SMALLEST_SHIFT)
        return FixedPoint((ratio.multiplier << extra) // divisor, ratio.shift - extra)


def _spare_bits(divisor: int) -> int:
    """By how many bits less a sum is shifted to the left than the ratio of the scales says."""
    return divisor.bit_length() - 1


OPERATOR = Mean()
