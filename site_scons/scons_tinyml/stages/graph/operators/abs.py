"""ABS: each value without its sign."""

from __future__ import annotations

from collections.abc import Callable

from scons_tinyml.stages.graph.families.fixed_point import requantize
from scons_tinyml.stages.graph.families.quantized import (
    check_shift,
    quantize_multiplier,
    round_to_float32,
    scale,
    zero_point,
)
from scons_tinyml.stages.graph.families.table import Tabulated
from scons_tinyml.stages.graph.ir import LayerView


class Abs(Tabulated):
    """In int8 the values are brought to the scale of the output, which may differ."""

    name = "ABS"

    def _check_values(self, view: LayerView) -> list[str]:
        return check_shift(_factor(view), "output scale") if self.number_type(view) == "int8" else []

    def int8_function(self, view: LayerView) -> Callable[[int], int]:
        """The distance from the zero point, scaled."""
        source, output = view.input(0), view.output()
        fixed = quantize_multiplier(_factor(view))
        return lambda value: requantize(abs(value - zero_point(source)), fixed) + zero_point(output)


def _factor(view: LayerView) -> float:
    return round_to_float32(scale(view.input(0)) / scale(view.output()))


OPERATOR = Abs()
