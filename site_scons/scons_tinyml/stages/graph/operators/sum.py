"""SUM: values along the axes in a constant second input, added up: a MEAN that divides by 1."""

from __future__ import annotations

from scons_tinyml.stages.graph.ir import LayerView
from scons_tinyml.stages.graph.operators.mean import Mean
from scons_tinyml.stages.graph.operators.quantized import FixedPoint, check_shift, quantize_multiplier, scale
from scons_tinyml.stages.graph.operators.reduction import extents

_LARGEST_DIFFERENCE = 255
"""Between an int8 value and its zero point."""


class Sum(Mean):
    """Shares the kernels of MEAN."""

    name = "SUM"
    computes = "MEAN"

    def _check_scales(self, view: LayerView) -> list[str]:
        if self.number_type(view) != "int8":
            return []
        largest = _LARGEST_DIFFERENCE * extents(view).count
        return check_shift(
            scale(view.input(0)) / scale(view.output()), "output scale", 31 - largest.bit_length()
        )

    def divisor(self, view: LayerView) -> float:  # noqa: ARG002
        """1: a sum stays as it is."""
        return 1.0

    def multiplier(self, view: LayerView) -> FixedPoint:
        """input scale / output scale."""
        return quantize_multiplier(scale(view.input(0)) / scale(view.output()))


OPERATOR = Sum()
