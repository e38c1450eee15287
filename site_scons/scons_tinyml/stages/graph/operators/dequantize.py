"""DEQUANTIZE: integers to float32."""

from __future__ import annotations

from scons_tinyml.records.kernel import NumberType
from scons_tinyml.stages.graph.families.base import CStruct, Operator
from scons_tinyml.stages.graph.families.quantization.scales import (
    ZERO_POINTS,
    check_quantization,
    scale,
    zero_point,
)
from scons_tinyml.stages.graph.families.tensors import check_counts, check_shape, one_type
from scons_tinyml.stages.graph.ir import LayerView

_INPUTS: tuple[NumberType, ...] = ("int8", "uint8", "int16")


class Dequantize(Operator):
    """Conversion to float32 with kernels of the input's type."""

    name = "DEQUANTIZE"
    input_names = ("input",)

    def check(self, view: LayerView) -> list[str]:
        """Return the problems of the layer."""
        return check_counts(view, self.input_names) or [
            *check_shape(view.output(), "output", view.input(0).shape),
            *check_quantization(view.input(0), "input", ZERO_POINTS),
        ]

    def number_type(self, view: LayerView) -> NumberType | None:
        """Return the type of the input; None when the output is not float32."""
        return one_type(_INPUTS, view.input(0)) if view.output().type == "float32" else None

    def attributes(self, view: LayerView) -> dict[str, int]:
        """Return the number of values."""
        return {"size": view.input(0).elements}

    def macs(self, view: LayerView) -> int:  # noqa: ARG002
        """Return 0: there are no multiply-accumulates."""
        return 0

    def parameters(self, view: LayerView) -> CStruct:
        """Return `tinyml_dequantize_<type of the input>_params`."""
        source = view.input(0)
        offset = {"input_offset": -zero_point(source)}
        fields = {**self.attributes(view), **offset, "scale": scale(source)}
        return CStruct(f"tinyml_dequantize_{source.type}_params", fields)


OPERATOR = Dequantize()
