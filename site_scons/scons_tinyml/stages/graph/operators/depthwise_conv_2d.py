"""DEPTHWISE_CONV_2D: input NHWC, filter [1, height, width, output channels], bias per output channel."""

from __future__ import annotations

from scons_tinyml.records.kernel import NumberType
from scons_tinyml.stages.graph.families.base import CArray, CStruct, Operator
from scons_tinyml.stages.graph.families.quantization.activation import check_activation
from scons_tinyml.stages.graph.families.tensors import check_counts, check_rank
from scons_tinyml.stages.graph.families.windows import weights
from scons_tinyml.stages.graph.families.windows.axis import WindowAxis
from scons_tinyml.stages.graph.families.windows.geometry import (
    Window,
    check_images,
    check_output,
    check_window_options,
    window_of,
)
from scons_tinyml.stages.graph.ir import LayerView

_STEPS = ("stride_h", "stride_w", "dilation_h_factor", "dilation_w_factor")


class DepthwiseConv2D(Operator):
    """Convolution of each input channel alone with `depth_multiplier` filters of its own."""

    name = "DEPTHWISE_CONV_2D"
    input_names = weights.INPUT_NAMES
    image_inputs = (0,)

    def check(self, view: LayerView) -> list[str]:
        """Return the problems of the layer. The depth multiplier comes from shapes, not from the option."""
        problems = check_counts(view, self.input_names, weights.REQUIRED)
        if problems:
            return problems
        problems = [
            *check_images(view),
            *check_rank(view.input(1), "filter", 4),
            *check_window_options(view, *_STEPS),
            *check_activation(view),
        ]
        return problems or self._check_shapes(view)

    def _check_shapes(self, view: LayerView) -> list[str]:
        first, height, width, output_channels = view.input(1).shape
        input_channels = view.input(0).shape[3]
        if first != 1 or 0 in (height, width, output_channels) or output_channels % input_channels:
            return [
                f"filter has the shape {list(view.input(1).shape)}, expected 1, height, width and a multiple "
                f"of the {input_channels} input channels"
            ]
        if view.output().shape[3] != output_channels:
            return [f"output has {view.output().shape[3]} channels, the filter has {output_channels}"]
        if self.number_type(view) == "int16" and not weights.wide_sums(view):
            return ["bias is int32, expected int64 for int16 activations"]
        return [
            *check_output(view, self._window(view)),
            *weights.check_bias(view, output_channels),
            *weights.check_scales(view, 3, output_channels),
        ]

    def number_type(self, view: LayerView) -> NumberType | None:
        """Return the type of the kernels that can run the layer."""
        return weights.number_type(view)

    def attributes(self, view: LayerView) -> dict[str, int]:
        """Return the geometry, depth multiplier and flags of the weights."""
        window = self._window(view)
        multiplier = {"depth_multiplier": self._depth_multiplier(view)}
        return {**window.attributes(), **multiplier, **weights.flags(view)}

    def macs(self, view: LayerView) -> int:
        """Every output value sums over its window."""
        _, height, width, _ = view.input(1).shape
        return view.output().elements * height * width

    def parameters(self, view: LayerView) -> CStruct:
        """Return `tinyml_depthwise_conv_2d_<type>_params`."""
        geometry = {**self._window(view).fields(), "depth_multiplier": self._depth_multiplier(view)}
        number_type = self.number_type(view)
        fields: dict[str, int | float | CArray] = {**geometry, **weights.value_fields(view)}
        if number_type != "float32":
            multipliers = weights.channel_multipliers(view)
            if len(multipliers) == 1:
                multipliers *= view.input(1).shape[3]
            fields |= weights.multiplier_fields(multipliers)
        return CStruct(f"tinyml_depthwise_conv_2d_{number_type}_params", fields)

    def image_window(self, view: LayerView) -> tuple[WindowAxis, WindowAxis] | None:
        """Return the window along rows and columns."""
        window = self._window(view)
        return window.height, window.width

    @staticmethod
    def _window(view: LayerView) -> Window:
        _, height, width, _ = view.input(1).shape
        return window_of(view, height, width, dilated=True)

    @staticmethod
    def _depth_multiplier(view: LayerView) -> int:
        return view.input(1).shape[3] // view.input(0).shape[3]


OPERATOR = DepthwiseConv2D()
