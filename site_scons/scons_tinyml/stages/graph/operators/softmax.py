"""SOFTMAX: exp(beta * x) of each value, divided by the sum over the last dimension."""

from __future__ import annotations

from scons_tinyml.records.kernel import NumberType
from scons_tinyml.stages.graph.ir import LayerView
from scons_tinyml.stages.graph.operators.base import CStruct, Operator
from scons_tinyml.stages.graph.operators.quantized import (
    check_quantization,
    input_radius,
    quantize_multiplier,
    round_to_float32,
    scale,
    zero_point,
)
from scons_tinyml.stages.graph.operators.tensors import check_counts, check_shape, common_type

_INTEGER_BITS = 5
"""Differences from the maximum are Q5.26: what is more than 32 below it does not show in the result."""

_LARGEST_MULTIPLIER = 2.0**31 - 1

_LARGEST_ROW = 4095
"""The sum of exponentials of at most 1 is Q12.19."""


class Softmax(Operator):
    """Probabilities over the last dimension; in int8 they are value / 256 with zero point -128."""

    name = "SOFTMAX"
    input_names = ("input",)

    def check(self, view: LayerView) -> list[str]:
        """Problems of the layer."""
        problems = check_counts(view, self.input_names)
        if problems:
            return problems
        shape = view.input(0).shape
        if not shape or 0 in shape:
            return [f"input has the shape {list(shape)}, expected rows of values"]
        problems = [
            *check_shape(view.output(), "output", shape),
            *check_quantization(view.input(0), "input"),
            *check_quantization(view.output(), "output"),
        ]
        return problems or self._check_scales(view)

    def _check_scales(self, view: LayerView) -> list[str]:
        if self.number_type(view) != "int8":
            return []
        problems = check_probability(view)
        if view.input(0).shape[-1] > _LARGEST_ROW:
            problems.append(f"rows have {view.input(0).shape[-1]} values; int8 sums at most {_LARGEST_ROW}")
        if self._real_multiplier(view) <= 1:
            problems.append(f"input scale {scale(view.input(0))!r} times beta is too small")
        return problems

    def number_type(self, view: LayerView) -> NumberType | None:
        """Type of the kernels that can run the layer."""
        return common_type(view.input(0), view.output())

    def attributes(self, view: LayerView) -> dict[str, int]:
        """Number and length of the rows."""
        row_size = view.input(0).shape[-1]
        return {"rows": view.input(0).elements // row_size, "row_size": row_size}

    def macs(self, view: LayerView) -> int:  # noqa: ARG002
        """No multiply-accumulates are counted for exponentials."""
        return 0

    def parameters(self, view: LayerView) -> CStruct:
        """`tinyml_softmax_<type>_params`."""
        geometry = self.attributes(view)
        if self.number_type(view) == "float32":
            return CStruct("tinyml_softmax_float32_params", {**geometry, "beta": self._beta(view)})
        fixed = quantize_multiplier(self._real_multiplier(view))
        fields = {
            **geometry,
            "input_multiplier": fixed.multiplier,
            "input_left_shift": fixed.shift,
            "difference_min": -input_radius(_INTEGER_BITS, fixed.shift),
        }
        return CStruct("tinyml_softmax_int8_params", fields)

    @staticmethod
    def _beta(view: LayerView) -> float:
        beta = view.options["beta"]
        if not isinstance(beta, (int, float)):
            raise LookupError(f"layer {view.layer.index}: option beta is {beta!r}, not a number")
        return round_to_float32(beta)

    def _real_multiplier(self, view: LayerView) -> float:
        real = self._beta(view) * scale(view.input(0)) * 2.0 ** (31 - _INTEGER_BITS)
        return min(real, _LARGEST_MULTIPLIER)


def check_probability(view: LayerView) -> list[str]:
    """A problem when an int8 output does not have the scale that the specification gives to [0, 1)."""
    output = view.output()
    if scale(output) == 1 / 256 and zero_point(output) == -128:
        return []
    return [
        f"output has scale {scale(output)!r} and zero point {zero_point(output)}, expected 1/256 and -128"
    ]


OPERATOR = Softmax()
