"""Sigmoid curves of int16 values: LOGISTIC and TANH interpolate in one table, as TensorFlow Lite defines them."""

from __future__ import annotations

from collections.abc import Collection
from math import exp, log2

from scons_tinyml.stages.graph.families.base import CArray
from scons_tinyml.stages.graph.families.quantization.scales import round_half_away, scale
from scons_tinyml.stages.graph.ir import LayerView

_ONE_ABOVE_NEAREST = frozenset(
    (
        *(4, 8, 12, 14, 15, 16, 17, 19, 20, 21, 22, 25, 27, 28, 29, 30, 31, 33, 34, 35, 37, 39, 40, 41, 43),
        *(44, 45, 46, 49, 50, 54, 62, 63, 64, 66, 82, 86, 93, 100, 103, 112, 116, 135, 255),
    )
)
"""Entries of the table that are one above the nearest integer, as in TensorFlow Lite."""

_STEPS_PER_UNIT = 3.0 * 4096.0
_LARGEST_MULTIPLIER = 2**15 - 1
_MOST_SHIFT = 31
_POWER_TOLERANCE = 1e-3
"""Largest distance of log2 of a scale from a whole number at which the scale counts as a power of two."""


def check_sigmoid(view: LayerView) -> list[str]:
    """Return problems with the scales of an int16 layer; the output's must be 1/32768."""
    problems = check_fraction(view)
    if scale(view.input(0)) * _STEPS_PER_UNIT > _LARGEST_MULTIPLIER:
        problems.append(f"input scale {scale(view.input(0))!r} is too large for int16")
    return problems


def check_fraction(view: LayerView) -> list[str]:
    """Return a problem when an int16 output lacks the scale 1/32768, specified for results in [-1, 1)."""
    found = scale(view.output())
    if _is_power(found) and round(log2(found)) == -15:
        return []
    return [f"output has scale {found!r}, expected 1/32768"]


def sigmoid_fields(view: LayerView, shifts: Collection[int]) -> dict[str, int | CArray]:
    """Return the fields after the size: the factor from inputs to multiples of 1/12288, and the table.

    Inputs with scale 2**(shift - 12), for a `shift` in `shifts`, need no rounding.
    """
    multiplier, shift = _input_factor(scale(view.input(0)), shifts)
    return {"multiplier": multiplier, "shift": shift, "table": sigmoid_table()}


def exact_steps(view: LayerView, shifts: Collection[int]) -> dict[str, int]:
    """Return the attribute `exact_steps`: 1 when inputs need no rounding, see `sigmoid_fields`."""
    return {"exact_steps": int(_is_exact(scale(view.input(0)), shifts))}


def sigmoid_table() -> CArray:
    """Return 1 / (1 + exp(-i / 24)) in Q0.16 for i from 0 to 255."""
    nearest = (round_half_away(2**16 / (1 + exp(-i / 24))) for i in range(256))
    places = (value + (i in _ONE_ABOVE_NEAREST) for i, value in enumerate(nearest))
    return CArray("uint16_t", tuple(places))


def _input_factor(input_scale: float, shifts: Collection[int]) -> tuple[int, int]:
    """Return a multiplier of at most 15 bits, and the right shift of the product."""
    if _is_exact(input_scale, shifts):
        return 3 << _shift(input_scale), 0
    multiplier, shift = input_scale * _STEPS_PER_UNIT, 0
    while multiplier <= _LARGEST_MULTIPLIER / 2 and shift < _MOST_SHIFT:
        multiplier, shift = multiplier * 2, shift + 1
    return int(multiplier), shift


def _is_exact(input_scale: float, shifts: Collection[int]) -> bool:
    return _is_power(input_scale) and _shift(input_scale) in shifts


def _shift(input_scale: float) -> int:
    return round(log2(input_scale)) + 12


def _is_power(real: float) -> bool:
    exponent = log2(real)
    return abs(exponent - round(exponent)) < _POWER_TOLERANCE
