"""int8 functions of one value. All are one computation, LOOKUP, with a table of 256 results."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Mapping
from typing import ClassVar

from scons_tinyml.records.kernel import NumberType
from scons_tinyml.stages.graph.families.base import CArray
from scons_tinyml.stages.graph.families.elementwise.unary import Unary
from scons_tinyml.stages.graph.families.quantization.fixed_point import clamp, requantize
from scons_tinyml.stages.graph.families.quantization.scales import (
    INT8_MAX,
    INT8_MIN,
    check_shift,
    hardly_varies,
    input_radius,
    quantize_multiplier,
    round_half_away,
    round_to_float32,
    scale,
    zero_point,
)
from scons_tinyml.stages.graph.ir import LayerView

WITH_INT16: tuple[NumberType, ...] = ("int8", "int16", "float32")
"""Types of functions with kernels for int16."""


class Tabulated(Unary):
    """A function of one value: a table for int8, kernels of its own for other types."""

    types: ClassVar[tuple[NumberType, ...]] = ("int8", "float32")

    def computation(self, view: LayerView) -> str:
        """Return LOOKUP in int8, the operator's name in other types."""
        return "LOOKUP" if self.number_type(view) == "int8" else self.name

    def attributes(self, view: LayerView) -> dict[str, int]:
        """Return the number of values, and for int16 the attributes in constraints of its kernels."""
        found = super().attributes(view)
        return found | self._int16_attributes(view) if self.number_type(view) == "int16" else found

    def _int16_attributes(self, view: LayerView) -> dict[str, int]:  # noqa: ARG002
        """Return the attributes besides the size that occur in constraints of int16 kernels."""
        return {}

    def _value_fields(self, view: LayerView) -> Mapping[str, int | float | CArray]:
        if self.number_type(view) == "float32":
            return self._float_fields(view)
        if self.number_type(view) == "int16":
            return self._int16_fields(view)
        result = self.int8_function(view)
        order = (*range(INT8_MAX + 1), *range(INT8_MIN, 0))
        return {"table": CArray("int8_t", tuple(clamp(result(value), INT8_MIN, INT8_MAX) for value in order))}

    def _float_fields(self, view: LayerView) -> Mapping[str, float]:  # noqa: ARG002
        """Return the fields after the size for float32 kernels."""
        return {}

    def _int16_fields(self, view: LayerView) -> Mapping[str, int | float | CArray]:  # noqa: ARG002
        """Return the fields after the size for int16 kernels, for operators whose `types` contain int16."""
        return {}

    @abstractmethod
    def int8_function(self, view: LayerView) -> Callable[[int], int]:
        """Return a function from each input integer to its result, which may exceed the range of int8."""


def through_float(view: LayerView, function: Callable[[float], float]) -> Callable[[int], int]:
    """Return a function from input to output integers that applies `function` to real values in float32."""
    source, output = view.input(0), view.output()
    inverse_scale = round_to_float32(1 / scale(output))

    def result(value: int) -> int:
        real = round_to_float32(scale(source) * (value - zero_point(source)))
        scaled = round_to_float32(round_to_float32(function(real)) * inverse_scale)
        return round_half_away(scaled) + zero_point(output)

    return result


_LEAST_SCALE, _LARGEST_SCALE = 2.0**-100, 2.0**100
"""Limits of scales. float32 can hold their inverses and their products with int8 values."""


def check_through_float(view: LayerView) -> list[str]:
    """Return problems with scales that are out of range for `through_float`."""
    tensors = {"input": view.input(0), "output": view.output()}
    problems = [
        f"{role} scale {scale(tensor)!r} is too small or too large"
        for role, tensor in tensors.items()
        if not _LEAST_SCALE < scale(tensor) < _LARGEST_SCALE
    ]
    return problems or check_shift(scale(view.input(0)) / scale(view.output()), "output scale")


_CURVE_INTEGER_BITS = 4
"""Inputs of sigmoid curves are Q4.27: beyond 16 the result is the largest or smallest int8 value."""


def check_curve_input(view: LayerView) -> list[str]:
    """Return a problem when the input is finer than Q4.27."""
    if scale(view.input(0)) * 2.0 ** (31 - _CURVE_INTEGER_BITS) > 1:
        return []
    return [hardly_varies(view.input(0))]


def curve(view: LayerView, function: Callable[[int], int]) -> Callable[[int], int]:
    """Return `function` of Q4.27 as a function of input integers, constant where the input exceeds Q4.27."""
    source = view.input(0)
    factor = quantize_multiplier(scale(source) * 2.0 ** (31 - _CURVE_INTEGER_BITS))
    radius = input_radius(_CURVE_INTEGER_BITS, factor.shift)

    def result(value: int) -> int:
        x = value - zero_point(source)
        if -radius < x < radius:
            return function(requantize(x, factor))
        return INT8_MAX if x > 0 else INT8_MIN

    return result
