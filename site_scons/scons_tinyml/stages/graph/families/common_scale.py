"""Quantized values that meet as integers: both are brought to twice the coarser of their scales first.

Both multipliers are then at most 1/2, and a sum has room for its carry.
"""

from __future__ import annotations

from collections.abc import Sequence

from scons_tinyml.stages.graph.families.quantized import quantize_multiplier, scale, zero_point
from scons_tinyml.stages.graph.ir import LayerView

_LEFT_SHIFTS = {"int8": 20, "int16": 15}
"""Headroom in 32 bits: 9 or 16 bits of (value - zero point), 20 or 15 of fraction; a sum needs one more of them."""


def left_shift(view: LayerView) -> int:
    """Bits of fraction that the inputs of a sum or difference get."""
    return _LEFT_SHIFTS[view.output().type]


def common_scale(view: LayerView) -> float:
    """Twice the larger scale of the two inputs; exact in float32."""
    return 2 * max(scale(view.input(0)), scale(view.input(1)))


def common_scale_fields(view: LayerView, factors: Sequence[float], left_shift: int) -> dict[str, int]:
    """Fields of the struct for the factors of input 1, of input 2 and from the common scale to the output's."""
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


def check_output_factor(view: LayerView, factor: float) -> list[str]:
    """A problem when `factor`, from the common scale to that of the output, is none that only shifts right."""
    if factor < 1:
        return []
    return [f"output scale {scale(view.output())!r} is too small for the scales of the inputs"]
