"""Random convolutions of any geometry: filters, strides, dilations, paddings and groups."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from hypothesis import strategies as st

from support.cases import IMAGES, Case
from support.generated_layers import product


@dataclass(frozen=True)
class Convolved:
    """A layer for generators, and one with the same outputs that the oracle knows."""

    case: Case
    oracle: Case


@dataclass(frozen=True)
class Axis:
    """Pixels of an axis."""

    taps: int
    stride: int
    dilation: int
    pixels: int
    outputs: int


@dataclass(frozen=True)
class Shapes:
    """What a family of layers has at most, and at least."""

    pixels: int = 9
    taps: int = 5
    channels: int = 12
    outputs: int = 9
    quads: bool = False
    """True for channels by fours."""
    groups: bool = False
    columns: int = 0
    """Columns of filters at most, where they are more than rows."""
    least_pixels: int = 1
    least_channels: int = 1
    least_outputs: int = 1


def _axis(draw: st.DrawFn, shapes: Shapes, padding: str, most: int) -> Axis:
    taps, stride = draw(st.integers(1, most)), draw(st.sampled_from([1, 1, 2, 2, 3]))
    dilation = draw(st.sampled_from([1, 1, 1, 2, 3]))
    extent = (taps - 1) * dilation + 1
    if padding == "SAME":
        pixels = draw(st.integers(shapes.least_pixels, shapes.pixels))
        return Axis(taps, stride, dilation, pixels, -(-pixels // stride))
    pixels = extent + draw(st.integers(shapes.least_pixels - 1, shapes.pixels))
    return Axis(taps, stride, dilation, pixels, (pixels - extent) // stride + 1)


@st.composite
def convolutions(draw: st.DrawFn, shapes: Shapes = Shapes()) -> Convolved:
    """Layers with padding SAME, VALID, or that of a PAD before them."""
    kind = draw(st.sampled_from(["SAME", "VALID", "EXPLICIT"]))
    padding = "SAME" if kind == "SAME" else "VALID"
    rows, columns = (
        _axis(draw, shapes, padding, most) for most in (shapes.taps, shapes.columns or shapes.taps)
    )
    channels = draw(st.integers(shapes.least_channels, shapes.channels))
    outputs = draw(st.integers(shapes.least_outputs, shapes.outputs))
    channels *= 4 if shapes.quads else 1
    groups = draw(st.integers(2, 3)) if shapes.groups else 1
    images = draw(IMAGES)
    case = product(
        draw,
        "CONV_2D",
        (
            (images, rows.pixels, columns.pixels, channels * groups),
            (outputs * groups, rows.taps, columns.taps, channels),
            (images, rows.outputs, columns.outputs, outputs * groups),
        ),
        padding=padding,
        stride_h=rows.stride,
        stride_w=columns.stride,
        dilation_h_factor=rows.dilation,
        dilation_w_factor=columns.dilation,
    )
    return _framed(draw, case) if kind == "EXPLICIT" else Convolved(case, case)


def _framed(draw: st.DrawFn, case: Case) -> Convolved:
    """Return the layer of `case` with a frame of its image as padding."""
    image = case.inputs[0]
    sides = []
    for length in image.shape[1:3]:
        before = draw(st.integers(0, min(4, length - 1)))
        sides.append((before, draw(st.integers(0, min(4, length - 1 - before)))))
    (top, bottom), (left, right) = sides
    inner = np.ascontiguousarray(image[:, top : image.shape[1] - bottom, left : image.shape[2] - right])
    source = case.view.input(0)
    assert source.quantization is not None
    frame = np.full_like(image, source.quantization.zero_points[0])
    frame[:, top : image.shape[1] - bottom, left : image.shape[2] - right] = inner
    tensors = tuple(
        replace(tensor, shape=inner.shape) if tensor.index == source.index else tensor
        for tensor in case.graph.tensors
    )
    (layer,) = case.graph.layers
    padding = {"padding_top": top, "padding_bottom": bottom, "padding_left": left, "padding_right": right}
    options = {**layer.options, "padding": "EXPLICIT", **padding}
    graph = replace(case.graph, tensors=tensors, layers=(replace(layer, options=options),))
    return Convolved(Case(graph, (inner,)), Case(case.graph, (frame,)))
