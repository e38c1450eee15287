"""LOG: natural logarithm of each value."""

from __future__ import annotations

from math import log

from scons_tinyml.stages.graph.families.quantization.scales import (
    ZERO_POINTS,
    round_to_float32,
    scale,
    zero_point,
)
from scons_tinyml.stages.graph.families.tables.interpolation import Function
from scons_tinyml.stages.graph.families.tables.real_function import RealFunction
from scons_tinyml.stages.graph.ir import LayerView


class Log(RealFunction):
    """Rounded as the C library does. Negative values give NaN, and the least integer in quantized types."""

    name = "LOG"
    litert_types = ("int8", "int16")

    def real_function(self, view: LayerView) -> Function:
        """Return the logarithm."""
        output = view.output()
        least = round_to_float32(scale(output) * (ZERO_POINTS[output.type][0] - zero_point(output)))
        return lambda x: log(x) if x > 0 else least


OPERATOR = Log()
