"""RELU_N1_TO_1: min(max(x, -1), 1) of each value, as a layer of its own."""

from __future__ import annotations

from collections.abc import Callable

from scons_tinyml.stages.graph.families.quantization.activation import quantize_real
from scons_tinyml.stages.graph.families.quantization.fixed_point import clamp, requantize
from scons_tinyml.stages.graph.families.quantization.scales import (
    INT8_MAX,
    INT8_MIN,
    check_shift,
    quantize_multiplier,
    round_to_float32,
    scale,
    zero_point,
)
from scons_tinyml.stages.graph.families.tables.lookup import Tabulated
from scons_tinyml.stages.graph.ir import LayerView

_LEAST_SCALE = 2.0**-30


class ReluN1To1(Tabulated):
    """A clamp to [-1, 1]. Values of int8 are converted to the scale of the output, which may differ."""

    name = "RELU_N1_TO_1"
    litert_types = ("int8", "float32")

    def _check_values(self, view: LayerView) -> list[str]:
        if self.number_type(view) != "int8":
            return []
        if scale(view.output()) < _LEAST_SCALE:
            return [f"output scale {scale(view.output())!r} is too small: 1 is no integer of 32 bits in it"]
        return check_shift(_factor(view), "output scale")

    def int8_function(self, view: LayerView) -> Callable[[int], int]:
        """Return a function that scales and then limits to the integers of -1 and 1."""
        source, output = view.input(0), view.output()
        fixed = quantize_multiplier(_factor(view))
        low, high = max(INT8_MIN, quantize_real(-1.0, output)), min(INT8_MAX, quantize_real(1.0, output))
        return lambda value: clamp(
            requantize(value - zero_point(source), fixed) + zero_point(output), low, high
        )


def _factor(view: LayerView) -> float:
    return round_to_float32(scale(view.input(0)) / scale(view.output()))


OPERATOR = ReluN1To1()
