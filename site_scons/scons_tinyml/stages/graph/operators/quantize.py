"""QUANTIZE: float32 values to int8, or int8 values to another scale and zero point."""

from __future__ import annotations

from scons_tinyml.records.kernel import NumberType
from scons_tinyml.stages.graph.ir import LayerView
from scons_tinyml.stages.graph.operators.base import CStruct, Operator
from scons_tinyml.stages.graph.operators.quantized import (
    check_quantization,
    quantize_multiplier,
    scale,
    zero_point,
)
from scons_tinyml.stages.graph.operators.tensors import check_counts, check_shape


class Quantize(Operator):
    """The type of a kernel is that of its input; the output is int8."""

    name = "QUANTIZE"
    input_names = ("input",)

    def check(self, view: LayerView) -> list[str]:
        """Problems of the layer."""
        return check_counts(view, self.input_names) or [
            *check_shape(view.output(), "output", view.input(0).shape),
            *check_quantization(view.input(0), "input"),
            *check_quantization(view.output(), "output"),
        ]

    def number_type(self, view: LayerView) -> NumberType | None:
        """Type of the input; None when the output is not int8."""
        if view.output().type != "int8":
            return None
        source = view.input(0).type
        if source == "int8":
            return "int8"
        return "float32" if source == "float32" else None

    def attributes(self, view: LayerView) -> dict[str, int]:
        """Number of values."""
        return {"size": view.input(0).elements}

    def macs(self, view: LayerView) -> int:  # noqa: ARG002
        """Nothing is accumulated."""
        return 0

    def parameters(self, view: LayerView) -> CStruct:
        """`tinyml_quantize_<type of the input>_params`."""
        source, output = view.input(0), view.output()
        size, offset = self.attributes(view), {"output_offset": zero_point(output)}
        if self.number_type(view) == "float32":
            return CStruct("tinyml_quantize_float32_params", {**size, **offset, "scale": scale(output)})
        fixed = quantize_multiplier(scale(source) / scale(output))
        fields = {
            **size,
            "input_offset": -zero_point(source),
            **offset,
            "multiplier": fixed.multiplier,
            "shift": fixed.shift,
        }
        return CStruct("tinyml_quantize_int8_params", fields)


OPERATOR = Quantize()
