"""LOG_SOFTMAX: x - log(sum of exp(x) over the last dimension) of each value."""

from __future__ import annotations

from scons_tinyml.records.kernel import NumberType
from scons_tinyml.stages.graph.ir import LayerView
from scons_tinyml.stages.graph.operators.base import CStruct, Operator
from scons_tinyml.stages.graph.operators.quantized import (
    FixedPoint,
    check_quantization,
    input_radius,
    quantize_multiplier,
    scale,
    zero_point,
)
from scons_tinyml.stages.graph.operators.tensors import check_counts, check_shape, common_type

_INTEGER_BITS = 5
"""Differences from the maximum are Q5.26."""

_LARGEST_MULTIPLIER = 2.0**31 - 1

_LARGEST_ROW = 4095
"""The sum of exponentials of at most 1 is Q12.19."""


class LogSoftmax(Operator):
    """Logarithms of probabilities; in int8 they are (value - 127) / 16."""

    name = "LOG_SOFTMAX"
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
        return problems or (self._check_scales(view) if self.number_type(view) == "int8" else [])

    @staticmethod
    def _check_scales(view: LayerView) -> list[str]:
        problems = []
        found = (scale(view.output()), zero_point(view.output()))
        if found != (1 / 16, 127):
            problems.append(f"output has scale {found[0]!r} and zero point {found[1]}, expected 1/16 and 127")
        if view.input(0).shape[-1] > _LARGEST_ROW:
            problems.append(f"rows have {view.input(0).shape[-1]} values; int8 sums at most {_LARGEST_ROW}")
        if _factor(view).shift <= 1:
            problems.append(f"input scale {scale(view.input(0))!r} is too small")
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
        """`tinyml_log_softmax_<type>_params`."""
        geometry = self.attributes(view)
        if self.number_type(view) == "float32":
            return CStruct("tinyml_log_softmax_float32_params", geometry)
        factor = _factor(view)
        inverse = quantize_multiplier(2.0 ** (31 - factor.shift) / factor.multiplier)
        fields = {
            **geometry,
            "input_multiplier": factor.multiplier,
            "input_left_shift": factor.shift,
            "difference_min": -input_radius(_INTEGER_BITS, factor.shift),
            "inverse_multiplier": inverse.multiplier,
            "inverse_shift": inverse.shift,
        }
        return CStruct("tinyml_log_softmax_int8_params", fields)


def _factor(view: LayerView) -> FixedPoint:
    """From the input to Q5.26."""
    return quantize_multiplier(min(scale(view.input(0)) * 2.0 ** (31 - _INTEGER_BITS), _LARGEST_MULTIPLIER))


OPERATOR = LogSoftmax()
