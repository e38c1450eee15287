"""RELU: max(x, 0) of each value, as a layer of its own."""

from __future__ import annotations

from scons_tinyml.records.kernel import NumberType
from scons_tinyml.stages.graph.families.base import CStruct, Operator
from scons_tinyml.stages.graph.families.quantization.scales import (
    ZERO_POINTS,
    check_scaled,
    quantize_multiplier,
    scale,
    zero_point,
)
from scons_tinyml.stages.graph.families.tensors import activation_type, check_counts, check_shape
from scons_tinyml.stages.graph.families.windows.axis import WindowAxis, single_pixels
from scons_tinyml.stages.graph.ir import LayerView


class Relu(Operator):
    """Quantized values are converted to the scale of the output, which may differ."""

    name = "RELU"
    input_names = ("input",)

    def check(self, view: LayerView) -> list[str]:
        """Return the problems of the layer."""
        return check_counts(view, self.input_names) or [
            *check_shape(view.output(), "output", view.input(0).shape),
            *check_scaled(view.input(0), "input"),
            *check_scaled(view.output(), "output"),
        ]

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
        """Return `tinyml_relu_<type>_params`."""
        if self.number_type(view) == "float32":
            return CStruct("tinyml_relu_float32_params", self.attributes(view))
        source, output = view.input(0), view.output()
        fixed = quantize_multiplier(scale(source) / scale(output))
        fields = {
            **self.attributes(view),
            "input_offset": -zero_point(source),
            "output_offset": zero_point(output),
            "multiplier": fixed.multiplier,
            "shift": fixed.shift,
            "activation_min": zero_point(output),
            "activation_max": ZERO_POINTS[output.type][1],
        }
        return CStruct(f"tinyml_relu_{output.type}_params", fields)


OPERATOR = Relu()
