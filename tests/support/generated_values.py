"""Layers without weights for generators: pairs of values, windows and means over images of many channels."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

from support.cases import ACTIVATIONS, IMAGES, SCALES, ZERO_POINTS, Case
from support.drawer import Drawer
from support.tflite_builder import NetworkBuilder

CHANNELS = st.sampled_from([4, 8, 12]) | st.integers(4, 19)


def every_pair(
    operator: str,
    scales: tuple[float, float, float],
    zero_points: tuple[int, int, int],
    activation: str = "NONE",
) -> Case:
    """Return a layer that combines each of the 256 values of one input with each of the other."""
    net = NetworkBuilder()
    first, second, output = (
        net.activation((65536,), "int8", scale=scale, zero_point=point)
        for scale, point in zip(scales, zero_points, strict=True)
    )
    net.layer(operator, [first, second], [output], fused_activation_function=activation)
    values = np.arange(-128, 128).astype(np.int8)
    inputs = (np.repeat(values, 256), np.tile(values, 256))
    return Case(net.finish([first, second], [output]), inputs)


@st.composite
def per_channel(draw: st.DrawFn, operator: str) -> Case:
    """Layers of which one input has the last dimensions of the other, constant or not."""
    drawer = Drawer(draw)
    shape = (1, draw(st.integers(1, 4)), draw(st.integers(1, 4)), draw(st.integers(1, 40)))
    shapes = [shape, shape[draw(st.integers(1, 3)) :]]
    scales = [draw(SCALES), draw(SCALES)]
    if operator != "PRELU" and draw(st.booleans()):
        shapes.reverse()
    size = scales[0] * scales[1] * 64 if operator == "MUL" else max(scales)
    values = [drawer.values(one, "int8") for one in shapes]
    is_constant = [one != shape and draw(st.booleans()) for one in shapes]
    inputs = [
        drawer.net.constant(value, scales=[scale], zero_points=[draw(ZERO_POINTS)])
        if constant
        else drawer.tensor(value.shape, "int8", scale)
        for value, scale, constant in zip(values, scales, is_constant, strict=True)
    ]
    output = drawer.tensor(shape, "int8", size * draw(st.floats(0.2, 20)))
    options = {} if operator == "PRELU" else {"fused_activation_function": draw(ACTIVATIONS)}
    drawer.net.layer(operator, inputs, [output], **options)
    kept = [
        (index, value)
        for index, value, constant in zip(inputs, values, is_constant, strict=True)
        if not constant
    ]
    return Case(drawer.net.finish([index for index, _ in kept], [output]), tuple(value for _, value in kept))


@st.composite
def with_constant(draw: st.DrawFn, operator: str) -> Case:
    """Layers of two values of which one is a constant with one value, on either side."""
    drawer, scales = Drawer(draw), (draw(SCALES), draw(SCALES))
    shape = drawer.shape_of_values()
    size = scales[0] * scales[1] * 64 if operator == "MUL" else max(scales)
    value = np.full((1,) * draw(st.integers(0, 2)), draw(ZERO_POINTS), np.int8)
    inputs = [
        drawer.tensor(shape, "int8", scales[0]),
        drawer.net.constant(value, scales=scales[1:], zero_points=[draw(ZERO_POINTS)]),
    ]
    output = drawer.tensor(shape, "int8", size * draw(st.floats(0.2, 20)))
    named = inputs if draw(st.booleans()) else inputs[::-1]
    drawer.net.layer(operator, named, [output], fused_activation_function=draw(ACTIVATIONS))
    return Case(drawer.net.finish(inputs[:1], [output]), (drawer.values(shape, "int8"),))


@st.composite
def alike_rows(draw: st.DrawFn, operator: str) -> Case:
    """Layers of tensors that are quantized alike, of which one input may have the last dimensions of the other."""
    drawer = Drawer(draw)
    shape = (1, draw(st.integers(1, 4)), draw(st.integers(1, 4)), draw(st.integers(1, 40)))
    shapes = [shape, shape[draw(st.integers(0, 3)) :]]
    if draw(st.booleans()):
        shapes.reverse()
    first = drawer.tensor(shapes[0], "int8", draw(SCALES))
    inputs = [first, drawer.like(first, shapes[1])]
    values = [drawer.values(one, "int8") for one in shapes]
    return drawer.case(operator, inputs, drawer.like(first, shape), values)


@st.composite
def limited(draw: st.DrawFn) -> Case:
    """MAXIMUM and MINIMUM with a constant, and RELU and RELU6 of values in the scale of the output."""
    drawer, operator = Drawer(draw), draw(st.sampled_from(["MAXIMUM", "MINIMUM", "RELU", "RELU6"]))
    shape = (draw(st.integers(1, 70)),)
    source = drawer.tensor(shape, "int8", draw(SCALES))
    inputs = [source]
    if operator in ("MAXIMUM", "MINIMUM"):
        held = drawer.net.finish([], []).tensors[source].quantization
        assert held is not None
        value = np.array(draw(ZERO_POINTS), np.int8)
        inputs.append(drawer.net.constant(value, scales=held.scales, zero_points=held.zero_points))
    output = drawer.like(source, shape)
    drawer.net.layer(operator, inputs, [output])
    return Case(drawer.net.finish([source], [output]), (drawer.values(shape, "int8"),))


@st.composite
def pooled(draw: st.DrawFn, operator: str) -> Case:
    """Windows of all kinds: small ones, whole images, whole rows, those that pass the border."""
    drawer = Drawer(draw)
    height, width, channels = draw(st.integers(1, 12)), draw(st.integers(1, 12)), draw(CHANNELS)
    if draw(st.integers(0, 4)) == 0:
        height, width = draw(st.sampled_from([(16, 16), (1, 258), (2, 300), (33, 17), (520, 1)]))
    whole = draw(st.booleans())
    rows = height if whole else draw(st.integers(1, height + 1))
    columns = width if draw(st.booleans()) else draw(st.integers(1, min(width + 1, 20)))
    same = rows > height or columns > width or draw(st.booleans())
    steps = draw(st.integers(1, 3)), draw(st.integers(1, 3))
    sizes = [
        -(-length // step) if same else (length - taps) // step + 1
        for length, taps, step in zip((height, width), (rows, columns), steps, strict=True)
    ]
    images = draw(IMAGES)
    source = drawer.tensor((images, height, width, channels), "int8", draw(SCALES))
    output = drawer.like(source, (images, *sizes, channels))
    values = drawer.values((images, height, width, channels), "int8")
    if draw(st.booleans()):
        values = np.where(values < draw(st.sampled_from([-128, 0, 127])), -128, 127).astype(np.int8)
    options = {
        "padding": "SAME" if same else "VALID",
        "stride_h": steps[0],
        "stride_w": steps[1],
        "filter_height": rows,
        "filter_width": columns,
        "fused_activation_function": draw(ACTIVATIONS),
    }
    return drawer.case(operator, [source], output, [values], **options)


@st.composite
def averaged(draw: st.DrawFn) -> Case:
    """MEAN and SUM over pixels."""
    drawer, operator = Drawer(draw), draw(st.sampled_from(["MEAN", "SUM"]))
    height, width = draw(st.integers(1, 9)), draw(st.integers(1, 9))
    if draw(st.integers(0, 5)) == 0:
        height, width = draw(st.sampled_from([(16, 16), (257, 1), (20, 30)]))
    shape = (draw(st.integers(1, 3)), height, width, draw(CHANNELS))
    source = drawer.tensor(shape, "int8", scale := draw(SCALES))
    count = height * width if operator == "SUM" else 1
    left = (shape[0], shape[3])
    output = drawer.tensor(left, "int8", scale * count * draw(st.floats(0.02, 20)))
    values = drawer.values(shape, "int8")
    if draw(st.booleans()):
        values = np.full(shape, draw(st.sampled_from([-128, 127])), np.int8)
    axis = drawer.net.constant(np.array([1, 2], np.int32))
    drawer.net.layer(operator, [source, axis], [output], keep_dims=False)
    return Case(drawer.net.finish([source], [output]), (values,))
