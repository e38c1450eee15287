"""DIV: quotient of two tensors, then a clamp."""

from __future__ import annotations

from scons_tinyml.stages.graph.families.elementwise.binary import Arithmetic
from scons_tinyml.stages.graph.families.quantization.scales import (
    quantize_multiplier,
    scale,
    zero_point,
)
from scons_tinyml.stages.graph.families.tensors import int8_values, integers
from scons_tinyml.stages.graph.ir import LayerView

_LEAST_FACTOR = 2**6
"""A left shift of 7.

Dividends have up to 31 bits of headroom and divisors 7 bits after the first: with less, quotients would be
shifted to the right by more than 31.
"""

_LIMIT = 2**23
"""A shift of 23. Dividends have at least 23 bits of headroom: with more, quotients would be shifted to the left."""


class Div(Arithmetic):
    """int8: a fixed-point reciprocal of the divisor, scaled once. Results of a division by 0 are undefined.

    int16 is not supported: for nearly all scales, LiteRT shifts small quotients by more bits than a number
    has, which gives the largest number.
    """

    name = "DIV"

    def _check_values(self, view: LayerView) -> list[str]:
        problems = ["input 2 is constant and holds a 0"] if _divides_by_zero(view) else []
        if self.number_type(view) == "int8" and not _LEAST_FACTOR <= _factor(view) < _LIMIT:
            # TensorFlow Lite Micro shifts by more bits than a number has, which C does not define.
            problems.append(
                f"scale of input 1 / (scale of input 2 * output scale) is outside of "
                f"[{_LEAST_FACTOR}, {_LIMIT}), where int8 quotients are defined"
            )
        return problems

    def _scale_fields(self, view: LayerView) -> dict[str, int]:
        fixed = quantize_multiplier(_factor(view))
        return {
            "input_1_offset": -zero_point(view.input(0)),
            "input_2_offset": -zero_point(view.input(1)),
            "output_offset": zero_point(view.output()),
            "output_multiplier": fixed.multiplier,
            "output_shift": fixed.shift,
        }


def _factor(view: LayerView) -> float:
    return scale(view.input(0)) / (scale(view.input(1)) * scale(view.output()))


def _divides_by_zero(view: LayerView) -> bool:
    divisor = view.input(1)
    if divisor.data is None:
        return False
    if divisor.type == "int8":
        return zero_point(divisor) in int8_values(divisor)
    return divisor.type == "int32" and 0 in integers(divisor)


OPERATOR = Div()
