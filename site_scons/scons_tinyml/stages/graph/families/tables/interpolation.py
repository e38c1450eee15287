"""Functions of int16 values as tables of 513 entries between which kernels interpolate.

Entries are 128 integers apart. Each entry is corrected by half of the interpolation error in the middle of
its step. The tables are those of TensorFlow Lite, which computes every step in float32.
"""

from __future__ import annotations

from collections.abc import Callable

from scons_tinyml.stages.graph.families.base import CArray
from scons_tinyml.stages.graph.families.quantization.fixed_point import clamp
from scons_tinyml.stages.graph.families.quantization.scales import (
    INT16_MAX,
    INT16_MIN,
    round_half_away,
    round_to_float32,
)

_STEPS = 512

Function = Callable[[float], float]


def interpolation_table(function: Function, low: float, high: float, output_scale: float) -> CArray:
    """Return the table of `function` for real inputs from `low` to `high`, in integers of `output_scale`."""
    inverse = round_to_float32(
        2**16 / round_to_float32(_scaled(output_scale, INT16_MAX) - _scaled(output_scale, INT16_MIN))
    )
    step = round_to_float32(round_to_float32(high - low) / _STEPS)

    def at(position: int, offset: float = 0.0) -> float:
        """Return the result at `offset` after the start of a step, not rounded to an integer."""
        start = round_to_float32(low + round_to_float32(position * step))
        return round_to_float32(round_to_float32(function(round_to_float32(start + offset))) * inverse)

    def entry(position: int) -> int:
        here = round_half_away(at(position))
        line = round_half_away(round_to_float32(round_to_float32(at(position + 1) + here) / 2))
        error = line - round_half_away(at(position, step / 2))
        return here - round_half_away(error / 2)

    last = round_half_away(round_to_float32(round_to_float32(function(high)) * inverse))
    entries = (*(entry(position) for position in range(_STEPS)), last)
    return CArray("int16_t", tuple(clamp(value, INT16_MIN, INT16_MAX) for value in entries))


def _scaled(scale: float, value: int) -> float:
    return round_to_float32(scale * value)
