"""ABS: each value without its sign."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from scons_tinyml.stages.graph.families.base import CArray
from scons_tinyml.stages.graph.families.quantization.fixed_point import requantize
from scons_tinyml.stages.graph.families.quantization.scales import (
    MOST_LEFT_SHIFTS,
    check_shift,
    quantize_multiplier,
    scale,
    zero_point,
)
from scons_tinyml.stages.graph.families.tables.lookup import Tabulated
from scons_tinyml.stages.graph.ir import LayerView


class Abs(Tabulated):
    """Quantized values are converted to the scale of the output, which may differ."""

    name = "ABS"
    types = ("int8", "int16", "int32", "float32")
    litert_types = ("int32",)

    def _check_values(self, view: LayerView) -> list[str]:
        most = MOST_LEFT_SHIFTS.get(self.number_type(view) or "")
        return [] if most is None else check_shift(_factor(view), "output scale", most)

    def _value_fields(self, view: LayerView) -> Mapping[str, int | float | CArray]:
        return {} if self.number_type(view) == "int32" else super()._value_fields(view)

    def _int16_fields(self, view: LayerView) -> Mapping[str, int]:
        fixed = quantize_multiplier(_factor(view))
        return {"multiplier": fixed.multiplier, "shift": fixed.shift}

    def int8_function(self, view: LayerView) -> Callable[[int], int]:
        """Return a function to the scaled distance from the zero point."""
        source, output = view.input(0), view.output()
        fixed = quantize_multiplier(_factor(view))
        return lambda value: requantize(abs(value - zero_point(source)), fixed) + zero_point(output)


def _factor(view: LayerView) -> float:
    return scale(view.input(0)) / scale(view.output())


OPERATOR = Abs()
