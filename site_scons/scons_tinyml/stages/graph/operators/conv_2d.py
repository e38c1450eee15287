"""CONV_2D: input NHWC, filter [output channels, height, width, input channels / groups], bias per channel."""

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


class Conv2D(Operator):
    """Convolution, also with groups: each group of output channels sees its share of the input channels."""

    name = "CONV_2D"
    input_names = weights.INPUT_NAMES
    image_inputs = (0,)

    def check(self, view: LayerView) -> list[str]:
        """Return the problems of the layer."""
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
        output_channels, height, width, channels = view.input(1).shape
        input_channels = view.input(0).shape[3]
        if 0 in (output_channels, height, width, channels):
            return [f"filter has the shape {list(view.input(1).shape)}, which holds no value"]
        if input_channels % channels or output_channels % (input_channels // channels):
            return [
                f"filter has the shape {list(view.input(1).shape)}, which does not divide "
                f"{input_channels} input channels into groups"
            ]
        if view.output().shape[3] != output_channels:
            return [f"output has {view.output().shape[3]} channels, the filter has {output_channels}"]
        return [
            *check_output(view, self._window(view)),
            *weights.check_bias(view, output_channels),
            *weights.check_scales(view, 0, output_channels),
        ]

    def number_type(self, view: LayerView) -> NumberType | None:
        """Return the type of the kernels that can run the layer."""
        return weights.number_type(view)

    def attributes(self, view: LayerView) -> dict[str, int]:
        """Return the geometry, groups and flags of the weights."""
        window = self._window(view)
        return {**window.attributes(), "groups": self._groups(view), **weights.flags(view)}

    def macs(self, view: LayerView) -> int:
        """Every output value sums over its window and its group's channels."""
        _, height, width, channels = view.input(1).shape
        return view.output().elements * height * width * channels

    def parameters(self, view: LayerView) -> CStruct:
        """Return `tinyml_conv_2d_<type>_params`."""
        geometry = {**self._window(view).fields(), "groups": self._groups(view)}
        number_type = self.number_type(view)
        fields: dict[str, int | float | CArray] = {**geometry, **weights.value_fields(view)}
        if number_type != "float32":
            multipliers = weights.channel_multipliers(view)
            if len(multipliers) == 1:
                multipliers *= view.input(1).shape[0]
            fields |= weights.multiplier_fields(multipliers)
        return CStruct(f"tinyml_conv_2d_{number_type}_params", fields)

    def image_window(self, view: LayerView) -> tuple[WindowAxis, WindowAxis] | None:
        """Return the window along rows and columns."""
        window = self._window(view)
        return window.height, window.width

    @staticmethod
    def _window(view: LayerView) -> Window:
        _, height, width, _ = view.input(1).shape
        return window_of(view, height, width, dilated=True)

    @staticmethod
    def _groups(view: LayerView) -> int:
        return view.input(0).shape[3] // view.input(1).shape[3]


OPERATOR = Conv2D()
