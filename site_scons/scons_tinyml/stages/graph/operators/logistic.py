"""LOGISTIC: 1 / (1 + exp(-x)) of each value."""

from __future__ import annotations

from scons_tinyml.records.kernel import NumberType
from scons_tinyml.stages.graph.ir import LayerView
from scons_tinyml.stages.graph.operators.base import CStruct, Operator
from scons_tinyml.stages.graph.operators.quantized import (
    check_quantization,
    input_radius,
    quantize_multiplier,
    scale,
    zero_point,
)
from scons_tinyml.stages.graph.operators.softmax import check_probability
from scons_tinyml.stages.graph.operators.tensors import check_counts, check_shape, common_type

_INTEGER_BITS = 4
"""Inputs are Q4.27: beyond 16 the result is 0 or 1 in 8 bits."""


class Logistic(Operator):
    """Sigmoid; in int8 the result is value / 256 with zero point -128."""

    name = "LOGISTIC"
    input_names = ("input",)

    def check(self, view: LayerView) -> list[str]:
        """Problems of the layer."""
        problems = check_counts(view, self.input_names)
        if problems:
            return problems
        problems = [
            *check_shape(view.output(), "output", view.input(0).shape),
            *check_quantization(view.input(0), "input"),
            *check_quantization(view.output(), "output"),
        ]
        if problems or self.number_type(view) != "int8":
            return problems
        problems = check_probability(view)
        if self._real_multiplier(view) <= 1:
            problems.append(f"input scale {scale(view.input(0))!r} is too small")
        return problems

    def number_type(self, view: LayerView) -> NumberType | None:
        """Type of the kernels that can run the layer."""
        return common_type(view.input(0), view.output())

    def attributes(self, view: LayerView) -> dict[str, int]:
        """Number of values."""
        return {"size": view.input(0).elements}

    def macs(self, view: LayerView) -> int:  # noqa: ARG002
        """No multiply-accumulates are counted for exponentials."""
        return 0

    def parameters(self, view: LayerView) -> CStruct:
        """`tinyml_logistic_<type>_params`."""
        if self.number_type(view) == "float32":
            return CStruct("tinyml_logistic_float32_params", self.attributes(view))
        fixed = quantize_multiplier(self._real_multiplier(view))
        fields = {
            **self.attributes(view),
            "input_offset": -zero_point(view.input(0)),
            "input_radius": input_radius(_INTEGER_BITS, fixed.shift),
            "input_multiplier": fixed.multiplier,
            "input_shift": fixed.shift,
        }
        return CStruct("tinyml_logistic_int8_params", fields)

    @staticmethod
    def _real_multiplier(view: LayerView) -> float:
        return scale(view.input(0)) * 2.0 ** (31 - _INTEGER_BITS)


OPERATOR = Logistic()
