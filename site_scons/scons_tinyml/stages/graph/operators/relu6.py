"""RELU6: min(max(x, 0), 6) of each value, as a layer of its own."""

from __future__ import annotations

from scons_tinyml.records.kernel import NumberType
from scons_tinyml.stages.graph.families.base import CStruct, Operator
from scons_tinyml.stages.graph.families.quantization.activation import quantize_real
from scons_tinyml.stages.graph.families.quantization.scales import (
    ZERO_POINTS,
    check_same_quantization,
    check_scaled,
    zero_point,
)
from scons_tinyml.stages.graph.families.tensors import activation_type, check_counts, check_shape
from scons_tinyml.stages.graph.families.windows.axis import WindowAxis, single_pixels
from scons_tinyml.stages.graph.ir import LayerView


class Relu6(Operator):
    """A clamp of the integers, so input and output must be quantized alike."""

    name = "RELU6"
    input_names = ("input",)

    def check(self, view: LayerView) -> list[str]:
        """Return the problems of the layer."""
        problems = check_counts(view, self.input_names)
        if problems:
            return problems
        source, output = view.input(0), view.output()
        problems = [
            *check_shape(output, "output", source.shape),
            *check_scaled(source, "input"),
            *check_scaled(output, "output"),
        ]
        return problems or check_same_quantization(source, output, "input and output")

    def number_type(self, view: LayerView) -> NumberType | None:
        """Return the type of the kernels that can run the layer."""
        return activation_type(view.input(0), view.output())

    def attributes(self, view: LayerView) -> dict[str, int]:
        """Return the number of values."""
        return {"size": view.input(0).elements}

    def image_window(self, view: LayerView) -> tuple[WindowAxis, WindowAxis] | None:
        """Return a window of one pixel."""
        return single_pixels(view)

    def macs(self, view: LayerView) -> int:  # noqa: ARG002
        """Return 0: there are no multiply-accumulates."""
        return 0

    def parameters(self, view: LayerView) -> CStruct:
        """Return `tinyml_relu6_<type>_params`."""
        if self.number_type(view) == "float32":
            return CStruct("tinyml_relu6_float32_params", self.attributes(view))
        source = view.input(0)
        fields = {
            **self.attributes(view),
            "activation_min": zero_point(source),
            "activation_max": min(ZERO_POINTS[source.type][1], quantize_real(6.0, source)),
        }
        return CStruct(f"tinyml_relu6_{source.type}_params", fields)


OPERATOR = Relu6()
