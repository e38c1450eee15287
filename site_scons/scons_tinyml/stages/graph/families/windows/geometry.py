"""Geometry of operators that slide a window over an image: convolutions and pooling.

Output size and padding follow TensorFlow. SAME gives ceil(input / stride) positions, with the odd pixel of
padding at the bottom and right. VALID has only windows inside of the image. EXPLICIT, which no file has, is a PAD
that the pass `fuse_padding` has made part of the layer.
"""

from __future__ import annotations

from dataclasses import dataclass

from scons_tinyml.stages.graph.families.tensors import check_rank, check_shape
from scons_tinyml.stages.graph.families.windows.axis import WindowAxis
from scons_tinyml.stages.graph.ir import LayerView

_PADDINGS = ("SAME", "VALID")
EXPLICIT = "EXPLICIT"
"""Padding whose pixels are the options `padding_top`, `padding_bottom`, `padding_left` and `padding_right`."""


@dataclass(frozen=True)
class Window:
    """A window over an image of NHWC layout; each of N images has the same."""

    height: WindowAxis
    width: WindowAxis
    input_channels: int
    output_channels: int

    def fields(self) -> dict[str, int]:
        """Return the geometry as fields of the parameter structs."""
        return {
            "input_height": self.height.input,
            "input_width": self.width.input,
            "input_channels": self.input_channels,
            "filter_height": self.height.window,
            "filter_width": self.width.window,
            "output_height": self.height.output,
            "output_width": self.width.output,
            "output_channels": self.output_channels,
            "stride_height": self.height.stride,
            "stride_width": self.width.stride,
            "dilation_height": self.height.dilation,
            "dilation_width": self.width.dilation,
            "padding_top": self.height.padding_before,
            "padding_left": self.width.padding_before,
        }

    def attributes(self) -> dict[str, int]:
        """Return the geometry as attributes: `fields`, and the padding at the bottom and right."""
        far = {
            "padding_bottom": self.height.padding_after,
            "padding_right": self.width.padding_after,
        }
        return {**self.fields(), **far}


def window_of(view: LayerView, height: int, width: int, dilated: bool) -> Window:
    """Return the window of `height` x `width` taps that a layer slides over its first input."""
    _, input_height, input_width, input_channels = view.input(0).shape
    same = view.option_text("padding") == "SAME"
    dilation_height = view.option_int("dilation_h_factor") if dilated else 1
    dilation_width = view.option_int("dilation_w_factor") if dilated else 1
    rows, columns = (_given(view, "top", "bottom"), _given(view, "left", "right"))
    return Window(
        WindowAxis(input_height, height, view.option_int("stride_h"), dilation_height, same, rows),
        WindowAxis(input_width, width, view.option_int("stride_w"), dilation_width, same, columns),
        input_channels,
        view.output().shape[-1],
    )


def _given(view: LayerView, before: str, after: str) -> tuple[int, int] | None:
    if view.option_text("padding") != EXPLICIT:
        return None
    return view.option_int(f"padding_{before}"), view.option_int(f"padding_{after}")


def check_window_options(view: LayerView, *steps: str) -> list[str]:
    """Return problems with padding and with the options in `steps`, which must be at least 1."""
    problems = [
        f"{name} is {view.option_int(name)}, expected at least 1"
        for name in steps
        if view.option_int(name) < 1
    ]
    if view.option_text("padding") not in (*_PADDINGS, EXPLICIT):
        problems.append(f"padding is {view.option_text('padding')}, expected {' or '.join(_PADDINGS)}")
    return problems


def check_images(view: LayerView) -> list[str]:
    """Return problems when input or output is not an image of NHWC layout with at least one pixel."""
    problems = [*check_rank(view.input(0), "input", 4), *check_rank(view.output(), "output", 4)]
    if not problems and 0 in view.input(0).shape:
        problems.append(f"input has the shape {list(view.input(0).shape)}, which holds no value")
    return problems


def check_output(view: LayerView, window: Window) -> list[str]:
    """Return a problem when the output does not have the shape of the window positions."""
    if window.height.output < 1 or window.width.output < 1:
        return [
            f"a window of {window.height.extent} x {window.width.extent} does not fit into the input "
            f"of {window.height.input} x {window.width.input}"
        ]
    shape = (view.input(0).shape[0], window.height.output, window.width.output, window.output_channels)
    return check_shape(view.output(), "output", shape)
