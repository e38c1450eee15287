"""Random layers with a state."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import repeat

import numpy as np
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from scons_tinyml.stages.graph.ir import TensorType
from support.cases import FACTORS, IMAGES, SCALES, ZERO_POINTS, Case, Values
from support.tflite_builder import NetworkBuilder


@st.composite
def _svdf(draw: DrawFn, type_name: TensorType, state_type: TensorType) -> Case:
    net, values = NetworkBuilder(), Values(draw, type_name)
    size, units, rank, memory = (draw(st.integers(1, high)) for high in (9, 5, 3, 6))
    rows = draw(IMAGES)
    filters, real = units * rank, type_name == "float32"
    scales = [None] * 5 if real else [draw(SCALES) for _ in range(3)]
    if not real:
        state_scale = min(scales[0] * scales[1] / draw(FACTORS), 1.0)
        scales += [state_scale, state_scale * scales[2] / draw(FACTORS)]
    point = 0 if real else draw(ZERO_POINTS)
    source = net.activation((rows, size), type_name, scale=scales[0], zero_point=point)
    features = net.constant(values.weights((filters, size)), scales=[] if real else [scales[1]])
    over_time = values.weights((filters, memory))
    if state_type == "int16":
        over_time = over_time.astype(np.int16) * 20  # sums have to fit 32 bits
    times = net.constant(over_time, scales=[] if real else [scales[2]])
    bias_scale = [] if real else [scales[3] * scales[2]]
    bias = net.constant(values.bias(units, "float32" if real else "int32"), scales=bias_scale)
    state_point = draw(st.just(0) | ZERO_POINTS) if state_type == "int8" else 0
    state = net.state((rows, filters * memory), state_type, scale=scales[3], zero_point=state_point)
    output = net.activation(
        (rows, units), type_name, scale=scales[4], zero_point=0 if real else draw(ZERO_POINTS)
    )
    activation = draw(st.sampled_from(["NONE", "RELU"])) if real else "RELU"
    net.layer(
        "SVDF",
        [source, features, times, bias, state],
        [output],
        rank=rank,
        fused_activation_function=activation,
        asymmetric_quantize_inputs=False,
    )
    graph = net.finish([source], [output])
    return Case(graph, (values.tensor((rows, size)),))


def _lstm_scales(draw: DrawFn, type_name: TensorType) -> Iterator[float | None]:
    """Draw scales of input, output and eight matrices. Sums of gates are small, fill their 16 bits, or are limited."""
    if type_name == "float32":
        return repeat(None)
    steps = 256 if type_name == "int16" else 1
    source, hidden = draw(SCALES) / steps, 10 ** draw(st.floats(-2.5, -1)) / steps
    factors = [draw(FACTORS) / 4096 / steps for _ in range(8)]
    weights = [factor / scale for factor, scale in zip(factors, [source] * 4 + [hidden] * 4, strict=True)]
    return iter((source, hidden, *weights))


@st.composite
def lstms(draw: DrawFn, type_name: TensorType) -> Case:
    """Draw LSTMs with time first or last, with and without clipped cells."""
    net, values, scales = NetworkBuilder(), Values(draw, type_name), _lstm_scales(draw, type_name)
    real, points = type_name == "float32", [draw(ZERO_POINTS) if type_name == "int8" else 0 for _ in range(2)]
    steps, size, cells = (draw(st.integers(1, high)) for high in (4, 9, 7))
    time_major = draw(st.booleans())
    sequences = 1 if time_major else draw(IMAGES)
    outer = (steps, 1) if time_major else (sequences, steps)

    def matrix(columns: int) -> int:
        found, scale = values.weights((cells, columns)), next(scales)
        return net.constant(found / 16) if scale is None else net.constant(found, scales=[scale])

    source = net.activation((*outer, size), type_name, scale=next(scales), zero_point=points[0])
    hidden_scale = next(scales)
    matrices = [matrix(columns) for columns in (*[size] * 4, *[cells] * 4)]
    biases = [net.constant(values.bias(cells, _LSTM_BIASES[type_name])) for _ in range(4)]
    hidden = net.state((sequences, cells), type_name, scale=hidden_scale, zero_point=points[1])
    fraction = draw(st.integers(9, 15) | st.integers(-2, 30))
    cell = net.state(
        (sequences, cells), "float32" if real else "int16", scale=None if real else 2.0**-fraction
    )
    output = net.activation((*outer, cells), type_name, scale=hidden_scale, zero_point=points[1])
    net.layer(
        "UNIDIRECTIONAL_SEQUENCE_LSTM",
        [source, *matrices, *[None] * 3, *biases, None, None, hidden, cell, *[None] * 4],
        [output],
        fused_activation_function="TANH",
        cell_clip=draw(st.sampled_from([0.0, 0.5, 10.0])),
        proj_clip=0.0,
        time_major=time_major,
        asymmetric_quantize_inputs=False,
        diagonal_recurrent_tensors=False,
    )
    return Case(net.finish([source], [output]), (values.tensor((*outer, size)),))


_LSTM_BIASES: dict[TensorType, TensorType] = {"float32": "float32", "int8": "int32", "int16": "int64"}

STATES: dict[str, Callable[..., SearchStrategy[Case]]] = {
    "SVDF": lambda type_name: _svdf(type_name, type_name),
    "SVDF_STATE16": lambda type_name: _svdf(type_name, "int16"),
    "UNIDIRECTIONAL_SEQUENCE_LSTM": lstms,
}
