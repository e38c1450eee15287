"""SQRT: square root of each value."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import sqrt

from scons_tinyml.stages.graph.families.elementwise.binary import QUANTIZED
from scons_tinyml.stages.graph.families.quantization.scales import (
    ZERO_POINTS,
    round_to_float32,
    scale,
    zero_point,
)
from scons_tinyml.stages.graph.families.tables.lookup import WITH_INT16, Tabulated
from scons_tinyml.stages.graph.ir import LayerView

_LIMIT = 2.0**31


class Sqrt(Tabulated):
    """NaN for negative values. Quantized values: the root in float32 without its fraction.

    The root is not defined for quantized values below 0. LiteRT stops at them; they give 0 here.
    """

    name = "SQRT"
    types = WITH_INT16
    litert_types = ("int8", "int16")

    def _check_values(self, view: LayerView) -> list[str]:
        if self.number_type(view) not in QUANTIZED:
            return []
        high = ZERO_POINTS[view.input(0).type][1] - zero_point(view.input(0))
        if _steps(view, high) < _LIMIT:
            return []
        return [
            f"output scale {scale(view.output())!r} is too small for roots of an input of {scale(view.input(0))!r}"
        ]

    def input_limits(self, view: LayerView, position: int) -> tuple[int, int] | None:  # noqa: ARG002
        """Return the limits of the input: integers for numbers from 0 on."""
        if self.number_type(view) not in QUANTIZED:
            return None
        return zero_point(view.input(0)), ZERO_POINTS[view.input(0).type][1]

    def _int16_fields(self, view: LayerView) -> Mapping[str, float]:
        return {"input_scale": scale(view.input(0)), "output_scale": scale(view.output())}

    def int8_function(self, view: LayerView) -> Callable[[int], int]:
        """Return a function to the root of the distance from the zero point."""
        zero, output = zero_point(view.input(0)), zero_point(view.output())
        return lambda value: int(_steps(view, max(value - zero, 0))) + output


def _steps(view: LayerView, value: int) -> float:
    """Return the root of `value` steps of the input, in steps of the output; each result is a float32."""
    root = round_to_float32(sqrt(round_to_float32(scale(view.input(0)) * value)))
    return round_to_float32(root / scale(view.output()))


OPERATOR = Sqrt()
