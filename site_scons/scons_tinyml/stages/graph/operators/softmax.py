"""SOFTMAX: exp(beta * x) of each value, divided by the sum over the last dimension."""

from __future__ import annotations

from functools import cache
from math import exp

from scons_tinyml.records.kernel import NumberType
from scons_tinyml.stages.graph.families.base import CArray, CStruct
from scons_tinyml.stages.graph.families.quantization.scales import (
    INT16_MAX,
    INT16_MIN,
    check_quantization,
    check_scaled,
    hardly_varies,
    input_radius,
    quantize_multiplier,
    round_to_float32,
    scale,
    zero_point,
)
from scons_tinyml.stages.graph.families.reducing.rows import (
    INTEGER_BITS,
    LARGEST_INT8_ROW,
    LARGEST_MULTIPLIER,
    Rows,
)
from scons_tinyml.stages.graph.families.tables.interpolation import interpolation_table
from scons_tinyml.stages.graph.families.tables.sigmoid import check_fraction
from scons_tinyml.stages.graph.families.tensors import activation_type, check_shape
from scons_tinyml.stages.graph.ir import LayerView

_LARGEST_ROWS = {"int8": LARGEST_INT8_ROW, "int16": 65535}
"""Longest rows: the sum of exponentials of at most 1 is Q12.19, for int16 Q16.15."""

_INT16_RANGE = INT16_MAX - INT16_MIN
_INT16_LOWEST = 10.0
"""Range below the maximum that 16-bit differences cover; smaller values have no effect."""

_MOST_INT16_SHIFT = 15
"""Largest left shift of a difference of 17 bits that fits 32 bits."""


_TO_INT16 = "SOFTMAX_TO_INT16"


_NEAR = 0.001
"""Relative difference of an int16 output's scale that TensorFlow Lite Micro takes."""


class Softmax(Rows):
    """Probabilities over the last dimension: int8 value / 256 with zero point -128, int16 value / 32768.

    From int8 to int16 they are value / 65536 with zero point -32768.
    """

    name = "SOFTMAX"

    def check(self, view: LayerView) -> list[str]:
        """Return the problems of the layer."""
        problems = self._check_rows(view)
        if problems:
            return problems
        problems = [
            *check_shape(view.output(), "output", view.input(0).shape),
            *check_scaled(view.input(0), "input"),
            *(
                check_quantization(view.output(), "output", ("int16",))
                if _widens(view)
                else check_scaled(view.output(), "output")
            ),
        ]
        self._beta(view)  # raises when the option is missing
        return problems or self._check_scales(view)

    def _check_scales(self, view: LayerView) -> list[str]:
        number_type = self.number_type(view)
        if number_type not in _LARGEST_ROWS:
            return []
        length, most = view.input(0).shape[-1], _LARGEST_ROWS[number_type]
        problems = [f"rows have {length} values; {number_type} sums at most {most}"] if length > most else []
        if number_type == "int16":
            if self._int16_factor(view) >= 2.0**_MOST_INT16_SHIFT:
                problems.append(f"input scale {scale(view.input(0))!r} times beta is too large")
            return [*check_fraction(view), *problems]
        if self._real_multiplier(view) <= 1:
            problems.append(hardly_varies(view.input(0)))
        return [*check_probability(view), *problems]

    def computation(self, view: LayerView) -> str:
        """Return SOFTMAX_TO_INT16 for probabilities of int16 of an int8 input, else SOFTMAX."""
        return _TO_INT16 if _widens(view) else self.name

    @property
    def other_computations(self) -> tuple[str, ...]:
        """Name of the kernels from int8 to int16."""
        return (_TO_INT16,)

    def number_type(self, view: LayerView) -> NumberType | None:
        """Return the type of the kernels that can run the layer."""
        return "int8" if _widens(view) else activation_type(view.input(0), view.output())

    def parameters(self, view: LayerView) -> CStruct:
        """Return `tinyml_softmax_<type>_params`."""
        geometry = self.attributes(view)
        if self.number_type(view) == "float32":
            return CStruct("tinyml_softmax_float32_params", {**geometry, "beta": self._beta(view)})
        if self.number_type(view) == "int16":
            return CStruct("tinyml_softmax_int16_params", {**geometry, **self._int16_fields(view)})
        fixed = quantize_multiplier(self._real_multiplier(view))
        fields = {
            **geometry,
            "input_multiplier": fixed.multiplier,
            "input_left_shift": fixed.shift,
            "difference_min": -input_radius(INTEGER_BITS, fixed.shift),
        }
        return CStruct("tinyml_softmax_int8_params", fields)

    @staticmethod
    def _beta(view: LayerView) -> float:
        return round_to_float32(view.option_float("beta"))

    def _int16_factor(self, view: LayerView) -> float:
        return scale(view.input(0)) * self._beta(view) / (_INT16_LOWEST / _INT16_RANGE)

    def _int16_fields(self, view: LayerView) -> dict[str, int | CArray]:
        fixed = quantize_multiplier(self._int16_factor(view))
        factor = {"input_multiplier": fixed.multiplier, "input_shift": fixed.shift}
        return {**factor, "exp_table": _exp_table(), "reciprocal_table": _reciprocal_table()}

    def _real_multiplier(self, view: LayerView) -> float:
        real = self._beta(view) * scale(view.input(0)) * 2.0 ** (31 - INTEGER_BITS)
        return min(real, LARGEST_MULTIPLIER)


@cache
def _exp_table() -> CArray:
    """Return exp(x) for x in [-10, 0], as value * 2 / 65535."""
    lowest = round_to_float32(-_INT16_RANGE * round_to_float32(_INT16_LOWEST / _INT16_RANGE))
    return interpolation_table(exp, lowest, 0.0, round_to_float32(2 / _INT16_RANGE))


@cache
def _reciprocal_table() -> CArray:
    """Return 1 / (1 + x) for x in [0, 1], as value * 2 / 65535."""
    highest = round_to_float32(_INT16_RANGE * round_to_float32(1 / _INT16_RANGE))
    return interpolation_table(
        lambda x: 1 / round_to_float32(1 + x), 0.0, highest, round_to_float32(2 / _INT16_RANGE)
    )


def check_probability(view: LayerView) -> list[str]:
    """Return a problem when the output lacks the scale that is specified for results in [0, 1).

    It is 1/256 with the zero point -128 for int8, 1/65536 with -32768 for int16, where TensorFlow Lite Micro also takes
    the 1/65535 of converters.
    """
    output = view.output()
    steps, tolerance = (2**16, _NEAR) if output.type == "int16" else (2**8, 0.0)
    if abs(scale(output) * steps - 1) <= tolerance and zero_point(output) == -steps // 2:
        return []
    return [
        f"output has scale {scale(output)!r} and zero point {zero_point(output)}, "
        f"expected 1/{steps} and {-steps // 2}"
    ]


def _widens(view: LayerView) -> bool:
    return (view.input(0).type, view.output().type) == ("int8", "int16")


OPERATOR = Softmax()
