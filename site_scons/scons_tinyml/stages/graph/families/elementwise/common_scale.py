"""Sums and differences of quantized values, converted first to twice the larger scale of both inputs.

Both multipliers are then at most 1/2, and a sum has room for its carry.
"""

from __future__ import annotations

from scons_tinyml.stages.graph.families.elementwise.binary import QUANTIZED, WITH_INT64, Arithmetic
from scons_tinyml.stages.graph.families.quantization.scales import quantize_multiplier, scale, zero_point
from scons_tinyml.stages.graph.ir import LayerView

_LEFT_SHIFTS = {"int8": 20, "int16": 15}
"""Left shift of (value - zero point), which has 9 or 16 bits.

With 20 or 15 bits of fraction, 32 bits hold a sum.
"""


class Addition(Arithmetic):
    """A sum or a difference in a common scale. The result is scaled once."""

    types = WITH_INT64
    litert_types = ("int64",)

    def _check_values(self, view: LayerView) -> list[str]:
        if self.number_type(view) not in QUANTIZED or _output_factor(view) < 1:
            return []
        return [f"output scale {scale(view.output())!r} is too small for the scales of the inputs"]

    def _scale_fields(self, view: LayerView) -> dict[str, int]:
        return common_scale_fields(view, _output_factor(view), _left_shift(view))


def common_scale(view: LayerView) -> float:
    """Return twice the larger scale of the two inputs; exact in float32."""
    return 2 * max(scale(view.input(0)), scale(view.input(1)))


def common_scale_fields(view: LayerView, output_factor: float, left_shift: int) -> dict[str, int]:
    """Return fields of the struct: factors from each input's scale to the common one, and to the output's."""
    factors = (*(scale(view.input(place)) / common_scale(view) for place in (0, 1)), output_factor)
    first, second, output = map(quantize_multiplier, factors)
    return {
        "input_1_offset": -zero_point(view.input(0)),
        "input_1_multiplier": first.multiplier,
        "input_1_shift": first.shift,
        "input_2_offset": -zero_point(view.input(1)),
        "input_2_multiplier": second.multiplier,
        "input_2_shift": second.shift,
        "left_shift": left_shift,
        "output_offset": zero_point(view.output()),
        "output_multiplier": output.multiplier,
        "output_shift": output.shift,
    }


def _left_shift(view: LayerView) -> int:
    return _LEFT_SHIFTS[view.output().type]


def _output_factor(view: LayerView) -> float:
    """Return the factor from common to output scale; less than 1 in a valid layer, so a right shift."""
    return common_scale(view) / ((1 << _left_shift(view)) * scale(view.output()))
