"""QUANTIZE: float32 values to integers, or integers to another scale, zero point or type."""

from __future__ import annotations

from scons_tinyml.records.kernel import NumberType
from scons_tinyml.stages.graph.families.base import CStruct, Operator
from scons_tinyml.stages.graph.families.quantization.scales import (
    ZERO_POINTS,
    check_quantization,
    check_shift,
    quantize_multiplier,
    scale,
    zero_point,
)
from scons_tinyml.stages.graph.families.tensors import check_counts, check_shape, one_type
from scons_tinyml.stages.graph.ir import LayerView, Tensor

_INPUTS: dict[str, tuple[NumberType, ...]] = {
    "int8": ("int8", "uint8", "int16", "int32", "float32"),
    "uint8": ("int8", "uint8", "float32"),
    "int16": ("int8", "uint8", "int16", "int32", "float32"),
    "int32": ("int8", "int16"),
}
"""Types of the input that an oracle supports, by type of the output."""

_IN_LITERT = {("uint8", "uint8"), ("float32", "uint8"), ("uint8", "int16")}
"""Types of input and output that only LiteRT runs; neither oracle converts int16 or int32 to uint8."""

_MOST_LEFT_SHIFT = {"int8": 22, "uint8": 22, "int16": 14, "int32": 0}
"""Largest left shift of a difference of two values that fits 32 bits."""


class Quantize(Operator):
    """Conversion with kernels of the input's type. Each output type has its own computation."""

    name = "QUANTIZE"
    input_names = ("input",)

    def computation(self, view: LayerView) -> str:
        """Return QUANTIZE for int8, QUANTIZE_TO_<type> for other output types."""
        target = view.output().type
        return self.name if target == "int8" else f"{self.name}_TO_{target.upper()}"

    def check(self, view: LayerView) -> list[str]:
        """Return the problems of the layer."""
        problems = check_counts(view, self.input_names) or [
            *check_shape(view.output(), "output", view.input(0).shape),
            *_check_scale(view.input(0), "input"),
            *_check_scale(view.output(), "output"),
        ]
        if problems or self.number_type(view) in (None, "float32"):
            return problems
        return check_shift(_factor(view), "output scale", _MOST_LEFT_SHIFT[view.input(0).type])

    def number_type(self, view: LayerView) -> NumberType | None:
        """Return the type of the input; None when neither oracle converts it to that of the output."""
        return one_type(_INPUTS.get(view.output().type, ()), view.input(0))

    def is_judged_by_litert(self, view: LayerView) -> bool:
        """Return True for types of the input or output that TensorFlow Lite Micro lacks."""
        return (view.input(0).type, view.output().type) in _IN_LITERT

    def attributes(self, view: LayerView) -> dict[str, int]:
        """Return the number of values."""
        return {"size": view.input(0).elements}

    def macs(self, view: LayerView) -> int:  # noqa: ARG002
        """Return 0: there are no multiply-accumulates."""
        return 0

    def parameters(self, view: LayerView) -> CStruct:
        """Return `tinyml_<computation>_<type of the input>_params`."""
        source, output = view.input(0), view.output()
        name = f"tinyml_{self.computation(view).lower()}_{source.type}_params"
        fields: dict[str, int | float] = {**self.attributes(view)}
        if source.type not in ("int32", "float32"):
            fields["input_offset"] = -zero_point(source)
        if output.type != "int32":
            fields["output_offset"] = zero_point(output)
        if source.type == "float32":
            return CStruct(name, {**fields, "scale": scale(output)})
        fixed = quantize_multiplier(_factor(view))
        return CStruct(name, {**fields, "multiplier": fixed.multiplier, "shift": fixed.shift})


def _check_scale(tensor: Tensor, role: str) -> list[str]:
    problems = check_quantization(tensor, role, (*ZERO_POINTS, "int32"))
    if problems or tensor.type != "int32" or zero_point(tensor) == 0:
        return problems
    return [f"{role} is int32 with the zero point {zero_point(tensor)}, expected 0"]


def _factor(view: LayerView) -> float:
    return scale(view.input(0)) / scale(view.output())


OPERATOR = Quantize()
