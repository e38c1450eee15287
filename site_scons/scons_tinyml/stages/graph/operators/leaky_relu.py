"""LEAKY_RELU: each value, or alpha * x where it is negative."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import isfinite

from scons_tinyml.stages.graph.families.quantization.fixed_point import requantize
from scons_tinyml.stages.graph.families.quantization.scales import (
    MOST_LEFT_SHIFTS,
    check_shift,
    quantize_multiplier,
    round_to_float32,
    scale,
    zero_point,
)
from scons_tinyml.stages.graph.families.tables.lookup import WITH_INT16, Tabulated
from scons_tinyml.stages.graph.ir import LayerView


class LeakyRelu(Tabulated):
    """Leaky rectified linear unit; alpha may be negative or above 1."""

    name = "LEAKY_RELU"
    types = WITH_INT16

    def _check_values(self, view: LayerView) -> list[str]:
        alpha = view.option_float("alpha")
        if not isfinite(alpha):
            return [f"alpha is {alpha}, expected a number"]
        most = MOST_LEFT_SHIFTS.get(view.input(0).type)
        if most is None or self.number_type(view) is None:
            return []
        factors = (check_shift(abs(factor), "output scale", most) for factor in _factors(view))
        return next(filter(None, factors), [])

    def _float_fields(self, view: LayerView) -> Mapping[str, float]:
        return {"alpha": round_to_float32(view.option_float("alpha"))}

    def _int16_fields(self, view: LayerView) -> Mapping[str, int]:
        identity, alpha = _factors(view)
        upper, lower = quantize_multiplier(identity), quantize_multiplier(abs(alpha))
        return {
            "multiplier": upper.multiplier,
            "shift": upper.shift,
            "alpha_sign": -1 if alpha < 0 else 1,
            "alpha_multiplier": lower.multiplier,
            "alpha_shift": lower.shift,
        }

    def int8_function(self, view: LayerView) -> Callable[[int], int]:
        """Return a function with two factors from the input's scale to the output's.

        The sign of alpha is applied after rounding.
        """
        source, output = view.input(0), view.output()
        identity, alpha = _factors(view)
        upper, lower = quantize_multiplier(identity), quantize_multiplier(abs(alpha))
        sign = -1 if alpha < 0 else 1

        def result(value: int) -> int:
            x = value - zero_point(source)
            return zero_point(output) + (requantize(x, upper) if x >= 0 else sign * requantize(x, lower))

        return result


def _factors(view: LayerView) -> tuple[float, float]:
    """Return the input scale / output scale, and that times alpha."""
    source, output = scale(view.input(0)), scale(view.output())
    return source / output, source * round_to_float32(view.option_float("alpha")) / output


OPERATOR = LeakyRelu()
