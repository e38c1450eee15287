"""Random layers of TRANSPOSE_CONV and BATCH_MATMUL."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from scons_tinyml.stages.graph.ir import OptionValue, TensorType
from support.cases import (
    ACTIVATIONS,
    ANYTHING,
    FACTORS,
    IMAGES,
    SCALES,
    ZERO_POINTS,
    Case,
    Limits,
    Values,
    weighted,
)
from support.drawer import Drawer
from support.tflite_builder import NetworkBuilder

Layers = Callable[..., SearchStrategy[Case]]


def _length(draw: DrawFn, padding: str, pixels: int, taps: int, stride: int) -> int:
    """Draw the length of an output from which a convolution leads back to `pixels`."""
    if padding == "SAME":
        return draw(st.integers((pixels - 1) * stride + 1, pixels * stride))
    return (pixels - 1) * stride + taps + draw(st.integers(0, stride - 1))


@st.composite
def _transpose_conv(draw: DrawFn, type_name: TensorType) -> Case:
    net, values = NetworkBuilder(), Values(draw, type_name)
    padding = draw(st.sampled_from(["SAME", "VALID"]))
    pixels, taps, strides = ([draw(st.integers(1, most)) for _ in ("height", "width")] for most in (5, 5, 4))
    sizes = [_length(draw, padding, *axis) for axis in zip(pixels, taps, strides, strict=True)]
    input_channels, output_channels = draw(st.integers(1, 9)), draw(st.integers(1, 5))
    images = draw(IMAGES)
    shape = (images, *sizes, output_channels)
    (source, weights, *bias), output = weighted(
        draw,
        net,
        values,
        type_name,
        (images, *pixels, input_channels),
        (output_channels, *taps, input_channels),
        shape,
        axis=0,
    )
    assert source is not None
    options: dict[str, OptionValue] = {}
    if type_name == "int16" and bias:
        found = net.finish([], []).tensors[bias[0] or 0].type
        options = {"quantized_bias_type": found.upper()}
    net.layer(
        "TRANSPOSE_CONV",
        [net.constant(np.array(shape, np.int32)), weights, source, *bias],
        [output],
        padding=padding,
        stride_h=strides[0],
        stride_w=strides[1],
        fused_activation_function=draw(ACTIVATIONS),
        **options,
    )
    graph = net.finish([source], [output])
    return Case(graph, (values.tensor(graph.tensors[source].shape),))


def _swapped(shape: Sequence[int], swap: bool) -> tuple[int, ...]:
    return (*shape[:-2], shape[-1], shape[-2]) if swap else tuple(shape)


@st.composite
def _batch_matmul(draw: DrawFn, type_name: TensorType, limits: Limits = ANYTHING) -> Case:
    """Draw layers whose second input is a constant or not, with repeated batches."""
    drawer, plain = Drawer(draw), limits.rows_by_rows
    swaps = [False, True] if plain else [draw(st.booleans()), draw(st.booleans())]
    rows, depth, columns = (draw(st.integers(1, 9)) for _ in range(3))
    batch = tuple(draw(st.lists(st.integers(1, 3), max_size=3)))
    batches = (
        [batch, draw(st.sampled_from([batch, ()]))]
        if plain
        else [drawer.repeated(batch), drawer.repeated(batch)]
    )
    shapes = [(*one, *matrix) for one, matrix in zip(batches, ((rows, depth), (depth, columns)), strict=True)]
    joined = (*np.broadcast_shapes(*batches), rows, columns)
    stored = [_swapped(shape, swap) for shape, swap in zip(shapes, swaps, strict=True)]
    scales = [draw(SCALES), draw(SCALES)]
    first = drawer.tensor(stored[0], type_name, scales[0])
    values = [drawer.values(shape, type_name) for shape in stored]
    constant = draw(st.booleans())
    if constant and type_name == "int8":
        point = 0 if plain else draw(ZERO_POINTS)
        second = drawer.net.constant(values[1], scales=[scales[1]], zero_points=[point])
    elif constant and type_name == "int16":
        second = drawer.net.constant(values[1], scales=[scales[1]])
    elif constant:
        second = drawer.net.constant(values[1])
    elif plain:
        second = drawer.net.activation(stored[1], type_name, scale=scales[1])
    else:
        second = drawer.tensor(stored[1], type_name, scales[1])
    steps = 2**15 if type_name == "int16" else 1
    output = drawer.tensor(joined, type_name, scales[0] * scales[1] * steps / draw(FACTORS))
    drawer.net.layer("BATCH_MATMUL", [first, second], [output], adj_x=swaps[0], adj_y=swaps[1])
    given = [first] if constant else [first, second]
    return Case(drawer.net.finish(given, [output]), tuple(values[: len(given)]))


PRODUCTS: dict[str, Layers] = {"TRANSPOSE_CONV": _transpose_conv, "BATCH_MATMUL": _batch_matmul}
