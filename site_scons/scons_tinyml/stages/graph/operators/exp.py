"""EXP: exponential of each value."""

from __future__ import annotations

from math import exp

from scons_tinyml.stages.graph.families.elementwise.binary import QUANTIZED
from scons_tinyml.stages.graph.families.quantization.scales import ZERO_POINTS, scale, zero_point
from scons_tinyml.stages.graph.families.tables.interpolation import Function
from scons_tinyml.stages.graph.families.tables.real_function import RealFunction
from scons_tinyml.stages.graph.ir import LayerView

_LARGEST_INPUT = 60.0
"""Largest input whose exponential is a float32, also as a multiple of a small scale."""


class Exp(RealFunction):
    """Rounded as the C library does."""

    name = "EXP"
    litert_types = ("int8", "int16")

    def _check_values(self, view: LayerView) -> list[str]:
        problems, source = super()._check_values(view), view.input(0)
        if problems or self.number_type(view) not in QUANTIZED:
            return problems
        largest = scale(source) * (ZERO_POINTS[source.type][1] - zero_point(source))
        if largest < _LARGEST_INPUT:
            return []
        return [f"input goes up to {largest:.3g}, exponentials are tabulated below {_LARGEST_INPUT:g}"]

    def real_function(self, view: LayerView) -> Function:  # noqa: ARG002
        """Return the exponential."""
        return exp


OPERATOR = Exp()
