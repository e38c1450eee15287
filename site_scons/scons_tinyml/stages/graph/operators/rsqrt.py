"""RSQRT: 1 / sqrt(x) of each value."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import sqrt

from scons_tinyml.stages.graph.families.elementwise.binary import QUANTIZED
from scons_tinyml.stages.graph.families.quantization.fixed_point import inverse_square_root, requantize
from scons_tinyml.stages.graph.families.quantization.scales import (
    INT8_MAX,
    FixedPoint,
    quantize_multiplier,
    scale,
    zero_point,
)
from scons_tinyml.stages.graph.families.tables.lookup import WITH_INT16, Tabulated
from scons_tinyml.stages.graph.ir import LayerView

_FRACTION_BITS = 20
"""Bits of fraction of an integer's inverse square root, between two roundings."""

_LEAST_SHIFT, _MOST_SHIFT = -11, 30


class Rsqrt(Tabulated):
    """Inverse square root.

    It is not defined for quantized values of 0 and below; they give the largest result.
    """

    name = "RSQRT"
    types = WITH_INT16

    def _check_values(self, view: LayerView) -> list[str]:
        if self.number_type(view) not in QUANTIZED or 2.0**_LEAST_SHIFT <= _factor(view) < 2.0**_MOST_SHIFT:
            return []
        scales = (scale(view.input(0)), scale(view.output()))
        return [
            f"scales {scales[0]!r} and {scales[1]!r} are too small or too large for an inverse square root"
        ]

    def _int16_fields(self, view: LayerView) -> Mapping[str, int]:
        fixed = quantize_multiplier(_factor(view))
        return {"multiplier": fixed.multiplier, "shift": fixed.shift}

    def int8_function(self, view: LayerView) -> Callable[[int], int]:
        """Return a function to the scaled inverse square root, in fixed point."""
        zero, output = zero_point(view.input(0)), zero_point(view.output())
        factor = quantize_multiplier(_factor(view))
        second = FixedPoint(factor.multiplier, factor.shift - _FRACTION_BITS)

        def result(value: int) -> int:
            if value <= zero:
                return INT8_MAX
            root = inverse_square_root(value - zero)
            first = requantize(1, FixedPoint(root.multiplier, root.shift + _FRACTION_BITS))
            return requantize(first, second) + output

        return result


def _factor(view: LayerView) -> float:
    return 1 / (sqrt(scale(view.input(0))) * scale(view.output()))


OPERATOR = Rsqrt()
