"""TRANSPOSE_CONV: every input pixel adds its product with the filter to a larger image.

Inputs are the shape of the output, a constant; a filter [output channels, height, width, input channels]; the
image; and a bias per output channel.
"""

from __future__ import annotations

from dataclasses import replace

from scons_tinyml.records.kernel import NumberType
from scons_tinyml.stages.graph.families.base import CArray, CStruct, Operator
from scons_tinyml.stages.graph.families.quantization.activation import check_activation
from scons_tinyml.stages.graph.families.tensors import check_counts, check_integers, check_rank, integers
from scons_tinyml.stages.graph.families.windows import weights
from scons_tinyml.stages.graph.families.windows.axis import WindowAxis
from scons_tinyml.stages.graph.families.windows.geometry import check_images, check_window_options
from scons_tinyml.stages.graph.ir import LayerView

_REQUIRED = 3
_BIAS = 3


class TransposeConv(Operator):
    """The reverse of a convolution from the output to the input with a filter of the same shape."""

    name = "TRANSPOSE_CONV"
    input_names = ("output_shape", "filter", "input", "bias")
    folded_inputs = (0,)
    typed_input = 2
    image_inputs = (2,)

    def check(self, view: LayerView) -> list[str]:
        """Return the problems of the layer."""
        problems = check_counts(view, self.input_names, _REQUIRED)
        problems = problems or check_integers(view.input(0), "output_shape", ("int32",))
        if problems:
            return problems
        conv = _convolution(view)
        problems = [
            *check_images(conv),
            *check_rank(conv.input(1), "filter", 4),
            *check_window_options(view, "stride_h", "stride_w"),
            *check_activation(view),
        ]
        return problems or self._check_shapes(view, conv)

    @staticmethod
    def _check_shapes(view: LayerView, conv: LayerView) -> list[str]:
        shape, output = conv.input(1).shape, view.output().shape
        if 0 in (*shape, *output):
            return [f"filter {list(shape)} or output {list(output)} holds no value"]
        if integers(view.input(0)) != output:
            return [f"output has the shape {list(output)}, output_shape is {list(integers(view.input(0)))}"]
        batch, height, width, channels = conv.input(0).shape
        back = (output[0], *(axis.output for axis in _window(view)), shape[3])
        if back != (batch, height, width, channels) or output[3] != shape[0]:
            return [
                f"filter {list(shape)} does not lead from the input {[batch, height, width, channels]} to the "
                f"output {list(output)}, from which it leads back to {list(back)}"
            ]
        return [
            *weights.check_bias(conv, shape[0]),
            *weights.check_scales(conv, 0, shape[0]),
            *_check_bias_type(view),
        ]

    def is_judged_by_litert(self, view: LayerView) -> bool:
        """Return True for an int32 bias with int16 values: TensorFlow Lite Micro reads twice its bytes."""
        return _has_narrow_bias(view)

    def number_type(self, view: LayerView) -> NumberType | None:
        """Return the type of the activations."""
        found = weights.number_type(_convolution(view))
        return None if found == "int4" else found

    def attributes(self, view: LayerView) -> dict[str, int]:
        """Return the geometry, padding at the far ends of the output, and flags of the weights."""
        height, width = _window(view)
        far = {"padding_bottom": height.padding_after, "padding_right": width.padding_after}
        return {**_geometry(view), **far, **weights.flags(_convolution(view))}

    def macs(self, view: LayerView) -> int:
        """Every pixel is multiplied with the whole filter."""
        images, height, width, _ = view.input(2).shape
        return images * height * width * view.input(1).elements

    def parameters(self, view: LayerView) -> CStruct:
        """Return `tinyml_transpose_conv_<type>_params`."""
        number_type, conv = self.number_type(view), _convolution(view)
        fields: dict[str, int | float | CArray] = {**_geometry(view), **weights.value_fields(conv)}
        if number_type != "float32":
            multipliers = weights.channel_multipliers(conv)
            if len(multipliers) == 1:
                multipliers *= view.output().shape[3]
            fields |= weights.multiplier_fields(multipliers)
        return CStruct(f"tinyml_transpose_conv_{number_type}_params", fields)


def _has_narrow_bias(view: LayerView) -> bool:
    bias = view.optional_input(_BIAS)
    return view.input(2).type == "int16" and bias is not None and bias.type == "int32"


def _check_bias_type(view: LayerView) -> list[str]:
    """Return a problem when the option contradicts an int32 bias: LiteRT relies on the option."""
    found = view.options.get("quantized_bias_type")
    if not _has_narrow_bias(view) or found == "INT32":
        return []
    return [f"bias is int32, but the option quantized_bias_type says {found}"]


def _convolution(view: LayerView) -> LayerView:
    """Return the layer with inputs in the order of other convolutions: image, filter, bias.

    It lacks an option that TensorFlow Lite Micro ignores: sums have 64 bits unless the bias has 32.
    """
    _, weights_index, source, *bias = view.layer.inputs
    options = {name: value for name, value in view.options.items() if name != "quantized_bias_type"}
    return replace(view, layer=replace(view.layer, inputs=(source, weights_index, *bias), options=options))


def _window(view: LayerView) -> tuple[WindowAxis, WindowAxis]:
    """Return the height and width of the convolution from the output to the input."""
    same = view.option_text("padding") == "SAME"
    _, filter_height, filter_width, _ = view.input(1).shape
    _, height, width, _ = view.output().shape
    return (
        WindowAxis(height, filter_height, view.option_int("stride_h"), 1, same),
        WindowAxis(width, filter_width, view.option_int("stride_w"), 1, same),
    )


def _geometry(view: LayerView) -> dict[str, int]:
    height, width = _window(view)
    return {
        "input_height": height.output,
        "input_width": width.output,
        "input_channels": view.input(2).shape[3],
        "filter_height": height.window,
        "filter_width": width.window,
        "output_height": height.input,
        "output_width": width.input,
        "output_channels": view.output().shape[3],
        "stride_height": height.stride,
        "stride_width": width.stride,
        "padding_top": height.padding_before,
        "padding_left": width.padding_before,
    }


OPERATOR = TransposeConv()
