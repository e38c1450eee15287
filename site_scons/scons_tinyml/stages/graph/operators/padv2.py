"""PADV2: a constant around the values of a tensor."""

from __future__ import annotations

from scons_tinyml.stages.graph.families.quantization.scales import check_quantization, check_same_quantization
from scons_tinyml.stages.graph.ir import LayerView
from scons_tinyml.stages.graph.operators.pad import Pad

_QUANTIZED = ("int8", "uint8")


class PadV2(Pad):
    """The constant has the type and the quantization of the other tensors."""

    name = "PADV2"
    computes = "PAD"
    input_names = ("input", "paddings", "constant_values")
    folded_inputs = (1, 2)
    types = ("float32", "int8", "uint8", "int16", "int32", "bool")

    def _check_value(self, view: LayerView) -> list[str]:
        value, source = view.input(2), view.input(0)
        if value.data is None:
            return ["constant_values is computed while the network runs, expected a constant"]
        if value.type != source.type or value.elements != 1:
            return [f"constant_values is {value.type} {list(value.shape)}, expected one {source.type}"]
        problems = [
            *check_quantization(source, "input", _QUANTIZED),
            *check_quantization(value, "constant_values", _QUANTIZED),
        ]
        return problems or check_same_quantization(source, value, "input and constant_values")

    def _value(self, view: LayerView) -> bytes:
        return view.input(2).data or b""


OPERATOR = PadV2()
