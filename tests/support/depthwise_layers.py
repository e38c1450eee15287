"""DEPTHWISE_CONV_2D layers of int8 with extremes of shapes, weights, inputs and quantization."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

from support.cases import ACTIVATIONS, IMAGES, ZERO_POINTS, Case
from support.generated_layers import weights
from support.tflite_builder import NetworkBuilder

SMALL_FILTERS = ((3, 3), (3, 3), (1, 1), (2, 2), (1, 3), (3, 1), (2, 3), (1, 5), (5, 1), (4, 1))
LARGE_FILTERS = ((5, 5), (3, 5), (4, 4), (7, 7), (1, 11), (9, 2), (5, 3), (10, 4))
_STRIDES = ((1, 1), (1, 1), (2, 2), (2, 1), (1, 2), (3, 3), (1, 4))
_DILATIONS = ((2, 2), (1, 2), (2, 1), (3, 3))
_INPUTS = ("any", "ends", "greatest sums", "least sums")


@st.composite
def depthwise(
    draw: st.DrawFn,
    filters: tuple[tuple[int, int], ...],
    largest_side: int = 9,
    relu: bool = False,
    paddings: tuple[str, ...] = ("SAME", "VALID"),
) -> Case:
    """Layers with one of `filters`, sides up to `largest_side` more than the filter; `relu` as in most networks."""
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    filter_shape = draw(st.sampled_from(filters))
    dilated = draw(st.booleans()) and draw(st.booleans())
    dilations = draw(st.sampled_from(_DILATIONS)) if dilated else (1, 1)
    strides = (1, 1) if dilated else draw(st.sampled_from(_STRIDES))
    reach = [dilation * (size - 1) + 1 for size, dilation in zip(filter_shape, dilations, strict=True)]
    padding = draw(st.sampled_from(paddings))
    least = reach if padding == "VALID" else [1, 1]
    sides = [draw(st.integers(low, low + largest_side)) for low in least]
    channels = draw(st.sampled_from([1, 2, 3, 4, 4, 5, 8, 9]))
    multiplier = draw(st.sampled_from([1, 1, 1, 2, 3]))
    images = draw(IMAGES)
    taps = weights(draw, random, (1, *filter_shape, channels * multiplier))
    outputs = [
        -(-side // stride) if padding == "SAME" else (side - window) // stride + 1
        for side, window, stride in zip(sides, reach, strides, strict=True)
    ]
    given = _inputs(draw, random, (images, *sides, channels), taps[0, ..., ::multiplier])
    net = NetworkBuilder()
    factors = _factors(draw, random, taps)
    tensors = [
        net.activation(given.shape, "int8", scale=0.5, zero_point=draw(ZERO_POINTS)),
        net.constant(taps, scales=[float(2 * factor) for factor in factors], axis=3),
    ]
    if draw(st.booleans()):
        most = 2 ** draw(st.sampled_from([0, 8, 15, 20]))
        bias = random.integers(-most, most + 1, channels * multiplier).astype(np.int32)
        tensors.append(net.constant(bias, scales=[float(factor) for factor in factors]))
    output = net.activation(
        (images, *outputs, channels * multiplier),
        "int8",
        scale=1.0,
        zero_point=-128 if relu else draw(ZERO_POINTS),
    )
    net.layer(
        "DEPTHWISE_CONV_2D",
        tensors,
        [output],
        fused_activation_function="RELU" if relu else draw(ACTIVATIONS),
        padding=padding,
        stride_h=strides[0],
        stride_w=strides[1],
        dilation_h_factor=dilations[0],
        dilation_w_factor=dilations[1],
        depth_multiplier=multiplier,
    )
    return Case(net.finish([0], [output]), (given,))


def _factors(draw: st.DrawFn, random: np.random.Generator, taps: NDArray[np.int8]) -> NDArray[np.float64]:
    """Return factors from sums to outputs, of each channel or of all, with which outputs have most sizes."""
    count = taps.shape[-1] if draw(st.booleans()) else 1
    reach = float(max(1, 128 * np.abs(taps.astype(int)).sum((0, 1, 2)).max()))
    spread = np.exp2(-random.uniform(0, draw(st.sampled_from([0.5, 3, 12])), count))
    return np.asarray(draw(st.floats(0.3, 40)) * 128 / reach * spread)


def _inputs(
    draw: st.DrawFn, random: np.random.Generator, shape: tuple[int, ...], taps: NDArray[np.int8]
) -> NDArray[np.int8]:
    """Return inputs of `shape`: random ones, extremes, or those whose first window has the extreme sums of `taps`."""
    kind = draw(st.sampled_from(_INPUTS))
    if kind == "any":
        return random.integers(-128, 128, shape).astype(np.int8)
    if kind == "ends":
        return random.choice(np.array([-128, 127], np.int8), shape)
    best = np.where((taps >= 0) == (kind == "greatest sums"), 127, -128).astype(np.int8)
    repeats = [-(-side // size) for side, size in zip(shape[1:3], taps.shape[:2], strict=True)]
    tiled = np.tile(best, (*repeats, 1))[: shape[1], : shape[2]]
    return np.broadcast_to(tiled, shape).copy()
