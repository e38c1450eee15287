"""SQUARED_DIFFERENCE: (x - y) * (x - y)."""

from __future__ import annotations

from collections.abc import Mapping

from scons_tinyml.stages.graph.families.elementwise.binary import QUANTIZED, WITH_INT16, Binary
from scons_tinyml.stages.graph.families.elementwise.common_scale import common_scale, common_scale_fields
from scons_tinyml.stages.graph.families.quantization.scales import check_shift, scale
from scons_tinyml.stages.graph.ir import LayerView

_LEFT_SHIFTS = {"int8": 7, "int16": 0}
"""Left shifts for which the square of a difference of 9 or 17 bits fits 32 bits."""


class SquaredDifference(Binary):
    """Quantized values are subtracted in a common scale, and the square is scaled once."""

    name = "SQUARED_DIFFERENCE"
    types = WITH_INT16

    def _check_values(self, view: LayerView) -> list[str]:
        is_quantized = self.number_type(view) in QUANTIZED
        return check_shift(_output_factor(view), "output scale", 0) if is_quantized else []

    def _value_fields(self, view: LayerView) -> Mapping[str, int | float]:
        if self.number_type(view) not in QUANTIZED:
            return {}
        return common_scale_fields(view, _output_factor(view), _left_shift(view))


def _left_shift(view: LayerView) -> int:
    return _LEFT_SHIFTS[view.output().type]


def _output_factor(view: LayerView) -> float:
    return common_scale(view) ** 2 / (2.0 ** (2 * _left_shift(view)) * scale(view.output()))


OPERATOR = SquaredDifference()
