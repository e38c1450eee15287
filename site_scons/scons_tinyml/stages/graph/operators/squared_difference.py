"""SQUARED_DIFFERENCE: (x - y) * (x - y)."""

from __future__ import annotations

from collections.abc import Mapping

from scons_tinyml.stages.graph.families.common_scale import common_scale, common_scale_fields
from scons_tinyml.stages.graph.families.elementwise import Elementwise
from scons_tinyml.stages.graph.families.quantized import check_shift, scale
from scons_tinyml.stages.graph.ir import LayerView

_LEFT_SHIFT = 7
"""As many bits of fraction as the square of a difference of 9 bits leaves room for in 32 bits."""


class SquaredDifference(Elementwise):
    """int8 values are subtracted in a common scale, and the square is scaled once."""

    name = "SQUARED_DIFFERENCE"

    def _check_values(self, view: LayerView) -> list[str]:
        return (
            check_shift(_output_factor(view), "output scale", 0) if self.number_type(view) == "int8" else []
        )

    def _value_fields(self, view: LayerView) -> Mapping[str, int | float]:
        if self.number_type(view) != "int8":
            return {}
        common = common_scale(view)
        inputs = (scale(view.input(0)) / common, scale(view.input(1)) / common)
        return common_scale_fields(view, (*inputs, _output_factor(view)), _LEFT_SHIFT)


def _output_factor(view: LayerView) -> float:
    return common_scale(view) ** 2 / (2.0 ** (2 * _LEFT_SHIFT) * scale(view.output()))


OPERATOR = SquaredDifference()
