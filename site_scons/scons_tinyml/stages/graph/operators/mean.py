"""MEAN: average over the axes in a constant second input, such as height and width of an image."""

from __future__ import annotations

from collections.abc import Mapping

from scons_tinyml.stages.graph.families.base import CStruct
from scons_tinyml.stages.graph.families.quantization.scales import (
    FixedPoint,
    check_shift,
    quantize_multiplier,
    scale,
    zero_point,
)
from scons_tinyml.stages.graph.families.reducing.reduction import Reduction, reduced_count
from scons_tinyml.stages.graph.ir import LayerView

_SMALLEST_SHIFT = -31
_SUM_BITS = 31
_LARGEST_DIFFERENCE = {"int8": 255, "int16": 2**15}
"""Largest difference between a value and its zero point, by type."""


class Mean(Reduction):
    """A sum and a factor. For int8 the factor combines scales and division."""

    name = "MEAN"
    strided = "STRIDED_MEAN"
    litert_types = ("int32",)

    def _check_scales(self, view: LayerView) -> list[str]:
        number_type = self.number_type(view)
        if number_type not in _LARGEST_DIFFERENCE:
            return []
        bits = (_LARGEST_DIFFERENCE[number_type] * reduced_count(view)).bit_length()
        if bits > _SUM_BITS:
            return [f"adds up {reduced_count(view)} values of {number_type}, whose sum takes {bits} bits"]
        most = _SUM_BITS - bits + _spare_bits(self.divisor(view))
        return check_shift(scale(view.input(0)) / scale(view.output()), "output scale", most)

    def parameters(self, view: LayerView) -> CStruct:
        """Return `tinyml_<computation>_<type>_params`."""
        name = f"tinyml_{self.computation(view).lower()}_{self.number_type(view)}_params"
        return CStruct(name, {**self.geometry(view), **self._value_fields(view)})

    def _value_fields(self, view: LayerView) -> Mapping[str, int | float]:
        if self.number_type(view) == "float32":
            return {"divisor": float(self.divisor(view))}
        if self.number_type(view) == "int32":
            return {"divisor": self.divisor(view)}
        fixed = self._multiplier(view)
        return {
            "sum_offset": -zero_point(view.input(0)) * reduced_count(view),
            "output_offset": zero_point(view.output()),
            "multiplier": fixed.multiplier,
            "shift": fixed.shift,
        }

    def divisor(self, view: LayerView) -> int:
        """Return the divisor of a sum of values."""
        return reduced_count(view)

    def _multiplier(self, view: LayerView) -> FixedPoint:
        """Return input scale / output scale / divisor, dividing last in integers like TensorFlow Lite."""
        ratio, divisor = quantize_multiplier(scale(view.input(0)) / scale(view.output())), self.divisor(view)
        extra = min(_spare_bits(divisor), 32, ratio.shift - _SMALLEST_SHIFT)
        return FixedPoint((ratio.multiplier << extra) // divisor, ratio.shift - extra)


def _spare_bits(divisor: int) -> int:
    """Return the left shift of the multiplier before its division; the result is shifted left by less."""
    return divisor.bit_length() - 1


OPERATOR = Mean()
