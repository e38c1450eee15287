"""Random layers that remember something."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from scons_tinyml.stages.graph.ir import TensorType
from support.cases import FACTORS, SCALES, ZERO_POINTS, Case, Values
from support.tflite_builder import NetworkBuilder


@st.composite
def _svdf(draw: DrawFn, type_name: TensorType, state_type: TensorType) -> Case:
    net, values = NetworkBuilder(), Values(draw, type_name)
    size, units, rank, memory = (draw(st.integers(1, high)) for high in (9, 5, 3, 6))
    filters, real = units * rank, type_name == "float32"
    scales = [None] * 5 if real else [draw(SCALES) for _ in range(3)]
    if not real:
        state_scale = min(scales[0] * scales[1] / draw(FACTORS), 1.0)
        scales += [state_scale, state_scale * scales[2] / draw(FACTORS)]
    point = 0 if real else draw(ZERO_POINTS)
    source = net.activation((1, size), type_name, scale=scales[0], zero_point=point)
    features = net.constant(values.weights((filters, size)), scales=[] if real else [scales[1]])
    over_time = values.weights((filters, memory))
    if state_type == "int16":
        over_time = over_time.astype(np.int16) * 20  # sums have to fit 32 bits
    times = net.constant(over_time, scales=[] if real else [scales[2]])
    bias_scale = [] if real else [scales[3] * scales[2]]
    bias = net.constant(values.bias(units, "float32" if real else "int32"), scales=bias_scale)
    state = net.state((1, filters * memory), state_type, scale=scales[3])
    output = net.activation(
        (1, units), type_name, scale=scales[4], zero_point=0 if real else draw(ZERO_POINTS)
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
    return Case(graph, (values.tensor((1, size)),))


@st.composite
def lstms(draw: DrawFn) -> Case:
    """float32, time first or last, cells that are clipped or not."""
    net, values = NetworkBuilder(), Values(draw, "float32")
    steps, size, cells = (draw(st.integers(1, high)) for high in (4, 5, 6))
    time_major = draw(st.booleans())
    outer = (steps, 1) if time_major else (1, steps)
    source = net.activation((*outer, size), "float32")
    inputs = [net.constant(values.weights((cells, size)) / 16) for _ in range(4)]
    recurrent = [net.constant(values.weights((cells, cells)) / 16) for _ in range(4)]
    biases = [net.constant(values.bias(cells, "float32")) for _ in range(4)]
    states = [net.state((1, cells), "float32") for _ in range(2)]
    output = net.activation((*outer, cells), "float32")
    net.layer(
        "UNIDIRECTIONAL_SEQUENCE_LSTM",
        [source, *inputs, *recurrent, *[None] * 3, *biases, None, None, *states, *[None] * 4],
        [output],
        fused_activation_function="TANH",
        cell_clip=draw(st.sampled_from([0.0, 0.5, 10.0])),
        proj_clip=0.0,
        time_major=time_major,
        asymmetric_quantize_inputs=False,
        diagonal_recurrent_tensors=False,
    )
    return Case(net.finish([source], [output]), (values.tensor((*outer, size)),))


STATES: dict[str, Callable[..., SearchStrategy[Case]]] = {
    "SVDF": lambda type_name: _svdf(type_name, type_name),
    "SVDF_STATE16": lambda type_name: _svdf(type_name, "int16"),
    "UNIDIRECTIONAL_SEQUENCE_LSTM": lambda _: lstms(),
}
