"""HARD_SWISH: x * min(max(x + 3, 0), 6) / 6 of each value."""

from __future__ import annotations

from collections.abc import Callable
from math import trunc

from scons_tinyml.stages.graph.families.quantization.fixed_point import (
    clamp,
    multiply_high,
    rounded_shift_right,
)
from scons_tinyml.stages.graph.families.quantization.scales import (
    FixedPoint,
    hardly_varies,
    quantize_multiplier,
    scale,
    zero_point,
)
from scons_tinyml.stages.graph.families.tables.lookup import Tabulated
from scons_tinyml.stages.graph.ir import LayerView

_FRACTION_BITS = 15
_ONE = 1 << _FRACTION_BITS
_HEADROOM_BITS = 7
_SPAN = 1 << _HEADROOM_BITS
"""Factor of the finer input: a difference of 9 bits is 7 bits short of the 16 that the arithmetic has."""

_REAL_RANGE = 3 / _ONE
"""Scale that maps [-3, 3] to [-1, 1] in Q0.15."""


class HardSwish(Tabulated):
    """int8 in fixed point of 16 bits: x in a scale near the output's, times a factor in [0, 1]."""

    name = "HARD_SWISH"

    def _check_values(self, view: LayerView) -> list[str]:
        if self.number_type(view) != "int8":
            return []
        output, ramp = _factors(view)
        problems = []
        if not 1 / _ONE <= output < 1:
            problems.append(f"input scale / output scale is outside of [{_SPAN / _ONE}, {_SPAN})")
        if ramp < 1 / _ONE:
            problems.append(hardly_varies(view.input(0)))
        if ramp >= _ONE:
            problems.append(f"input scale {scale(view.input(0))!r} is too large")
        return problems

    def int8_function(self, view: LayerView) -> Callable[[int], int]:
        """Return a function from each integer to its table entry."""
        source, result_zero = view.input(0), zero_point(view.output())
        output, ramp = map(_in_16_bits, _factors(view))

        def result(value: int) -> int:
            fine = (value - zero_point(source)) << _HEADROOM_BITS
            product = _ramp(fine, ramp) * multiply_high(fine, output.multiplier, _FRACTION_BITS)
            truncated = trunc(product / _ONE)
            return result_zero + rounded_shift_right(truncated, -output.shift)

        return result


def _ramp(fine: int, factor: FixedPoint) -> int:
    """Return min(max(x + 3, 0), 6) / 6 in Q0.15. The last bit of a left shift is applied after the factor."""
    value = _saturated(fine << max(factor.shift - 1, 0))
    value = multiply_high(value, factor.multiplier, _FRACTION_BITS)
    value = _saturated(value << 1) if factor.shift > 0 else rounded_shift_right(value, -factor.shift)
    return (value + _ONE) >> 1


def _factors(view: LayerView) -> tuple[float, float]:
    """Return the factors from the finer input to the output and to the ramp's scale."""
    fine = scale(view.input(0)) / _SPAN
    return fine / scale(view.output()), fine / _REAL_RANGE


def _in_16_bits(real: float) -> FixedPoint:
    """Return `real` in fixed point, with a multiplier in Q0.15."""
    fixed = quantize_multiplier(real)
    return FixedPoint(min((fixed.multiplier + (1 << 15)) >> 16, _ONE - 1), fixed.shift)


def _saturated(value: int) -> int:
    return clamp(value, -_ONE, _ONE - 1)


OPERATOR = HardSwish()
