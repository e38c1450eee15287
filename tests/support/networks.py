"""Small whole networks for tests that build firmware: seeded weights, every layer of a usual classifier."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import numpy as np

from scons_tinyml.stages.graph.ir import Graph, OptionValue, Tensor
from support.tflite_builder import NetworkBuilder

SMALL = ("target=stm32l4", "model=small.tflite")
"""Options of a build of `small_int8` from the file small.tflite."""

SMALL_KERNELS = (
    "cmsis_nn/conv_2d_im2col_int8",
    "cmsis_nn/depthwise_conv_2d_3x3_int8",
    "cmsis_nn/fully_connected_int8",
    "cmsis_nn/softmax_int8",
    "reference/conv_2d_int8",
    "reference/depthwise_conv_2d_int8",
    "reference/fully_connected_int8",
    "reference/softmax_int8",
)
"""Two kernels for every layer of `small_int8` that needs one."""


def several() -> Graph:
    """Return a network with inputs and outputs of every type, and constants as first, second and middle operands."""
    random = np.random.default_rng(1)
    net = NetworkBuilder("several")

    def bytes_of(*shape: int) -> int:
        return net.activation(shape, "int8", scale=0.5, zero_point=3)

    def constant(*shape: int) -> int:
        values = random.integers(-128, 128, shape).astype(np.int8)
        return net.constant(values, scales=[0.5], zero_points=[3])

    image = net.activation((1, 8), "uint8", scale=0.5, zero_point=131)
    words = net.activation((2,), "int32")
    mask = net.activation((1, 8), "bool")
    wave = net.activation((1, 8), "int16", scale=2**-9)
    pixels, meaning, flat, lit, total = (
        bytes_of(1, 8),
        bytes_of(2, 4),
        bytes_of(1, 8),
        bytes_of(1, 8),
        bytes_of(1, 8),
    )
    heard, chosen, joined = bytes_of(1, 8), bytes_of(1, 8), bytes_of(1, 20)
    loud = net.activation((1, 8), "bool")
    wide = net.activation((1, 20), "int16", scale=2**-8)
    count, plain = (
        net.activation((1, 20), "int32"),
        net.activation((1, 20), "uint8", scale=0.5, zero_point=131),
    )
    add = {"fused_activation_function": "NONE", "pot_scale_int16": False}
    net.layer("QUANTIZE", [image], [pixels])
    net.layer("GATHER", [constant(5, 4), words], [meaning], axis=0, batch_dims=0)
    net.layer("RESHAPE", [meaning], [flat], new_shape=(1, 8))
    net.layer("ADD", [constant(1, 8), pixels], [lit], **add)
    net.layer("ADD", [lit, flat], [total], **add)
    net.layer("QUANTIZE", [wave], [heard])
    net.layer("SELECT_V2", [mask, total, heard], [chosen])
    net.layer("GREATER", [chosen, constant(1, 1)], [loud])
    net.layer(
        "CONCATENATION", [chosen, constant(1, 4), heard], [joined], axis=1, fused_activation_function="NONE"
    )
    net.layer("QUANTIZE", [joined], [wide])
    net.layer("CAST", [joined], [count])
    net.layer("QUANTIZE", [joined], [plain])
    graph = net.finish([image, words, mask, wave], [loud, wide, count, plain])
    names = ("image", "words", "mask", "wave"), ("loud", "wide", "count", "plain")
    return replace(graph, input_names=names[0], output_names=names[1])


def remembering() -> Graph:
    """Return an int8 network: an SVDF with a state of int8, then one with a state of int16."""
    random = np.random.default_rng(2)
    net = NetworkBuilder("remembering")

    def weights(*shape: int) -> int:
        return net.constant(random.integers(-127, 128, shape).astype(np.int8), scales=[0.01])

    def bias(count: int) -> int:
        return net.constant(random.integers(-2000, 2000, count).astype(np.int32), scales=[0.1 * 0.01])

    source = net.activation((1, 6), "int8", scale=0.05, zero_point=-3)
    middle = net.activation((1, 4), "int8", scale=0.1, zero_point=-128)
    output = net.activation((1, 3), "int8", scale=0.1, zero_point=-128)
    wide_times = net.constant(random.integers(-3000, 3000, (3, 7)).astype(np.int16), scales=[0.01])
    states = net.state((1, 8 * 5), "int8", scale=0.1), net.state((1, 3 * 7), "int16", scale=0.1)
    options = {"fused_activation_function": "RELU", "asymmetric_quantize_inputs": False}
    net.layer("SVDF", [source, weights(8, 6), weights(8, 5), bias(4), states[0]], [middle], rank=2, **options)
    net.layer("SVDF", [middle, weights(3, 4), wide_times, bias(3), states[1]], [output], rank=1, **options)
    return net.finish([source], [output])


_LSTM_OPTIONS: dict[str, OptionValue] = {
    "fused_activation_function": "TANH",
    "cell_clip": 10.0,
    "proj_clip": 0.0,
    "time_major": False,
    "asymmetric_quantize_inputs": False,
    "diagonal_recurrent_tensors": False,
}


def sequence() -> Graph:
    """Return a float32 network: an LSTM over three steps of two values, five cells, then a matrix over its output."""
    random = np.random.default_rng(3)
    net = NetworkBuilder("sequence")

    def constants(count: int, *shape: int) -> list[int]:
        return [net.constant(random.normal(size=shape).astype(np.float32)) for _ in range(count)]

    source, middle, flat, output = (
        net.activation(shape, "float32") for shape in ((1, 3, 2), (1, 3, 5), (1, 15), (1, 2))
    )
    inputs, recurrent, biases = constants(4, 5, 2), constants(4, 5, 5), constants(4, 5)
    states = [net.state((1, 5), "float32") for _ in range(2)]
    net.layer(
        "UNIDIRECTIONAL_SEQUENCE_LSTM",
        [source, *inputs, *recurrent, *[None] * 3, *biases, None, None, *states, *[None] * 4],
        [middle],
        **_LSTM_OPTIONS,
    )
    net.layer("RESHAPE", [middle], [flat], new_shape=(1, 15))
    dense = {"fused_activation_function": "NONE", "weights_format": "DEFAULT", "keep_num_dims": False}
    net.layer("FULLY_CONNECTED", [flat, *constants(1, 2, 15), *constants(1, 2)], [output], **dense)
    return net.finish([source], [output])


def quantized_sequence(type_name: Literal["int8", "int16"]) -> Graph:
    """Return a network of `type_name`: an LSTM over three steps of two values, with five cells of int16."""
    random, wide = np.random.default_rng(4), type_name == "int16"
    net, steps = NetworkBuilder("quantized_sequence"), 256 if wide else 1

    def weights(columns: int) -> int:
        return net.constant(random.integers(-127, 128, (5, columns)).astype(np.int8), scales=[0.01])

    def bias() -> int:
        return net.constant(random.integers(-2000, 2000, 5).astype(np.int64 if wide else np.int32))

    points = (0, 0) if wide else (-3, 5)
    source = net.activation((1, 3, 2), type_name, scale=0.02 / steps, zero_point=points[0])
    inputs, recurrent, biases = (
        [weights(2) for _ in range(4)],
        [weights(5) for _ in range(4)],
        [bias() for _ in range(4)],
    )
    hidden = net.state((1, 5), type_name, scale=2**-7 / steps, zero_point=points[1])
    cell = net.state((1, 5), "int16", scale=2**-13)
    output = net.activation((1, 3, 5), type_name, scale=2**-7 / steps, zero_point=points[1])
    net.layer(
        "UNIDIRECTIONAL_SEQUENCE_LSTM",
        [source, *inputs, *recurrent, *[None] * 3, *biases, None, None, hidden, cell, *[None] * 4],
        [output],
        **_LSTM_OPTIONS,
    )
    return net.finish([source], [output])


def small_int8(seed: int = 0) -> Graph:
    """Return an int8 network, per channel: convolution, depthwise convolution, reshape, fully connected, softmax."""
    random = np.random.default_rng(seed)
    net = NetworkBuilder("small")

    def weights(*shape: int, axis: int) -> int:
        scales = random.uniform(0.005, 0.02, shape[axis]).tolist()
        return net.constant(random.integers(-127, 128, shape).astype(np.int8), scales=scales, axis=axis)

    def bias(channels: int) -> int:
        return net.constant(random.integers(-200, 200, channels).astype(np.int32))

    image = net.activation((1, 9, 9, 3), "int8", scale=0.05, zero_point=-3)
    first = net.activation((1, 5, 5, 6), "int8", scale=0.1, zero_point=-128)
    second = net.activation((1, 5, 5, 6), "int8", scale=0.1, zero_point=4)
    flat = net.activation((1, 150), "int8", scale=0.1, zero_point=4)
    dense = net.activation((1, 5), "int8", scale=0.3, zero_point=10)
    classes = net.activation((1, 5), "int8", scale=1 / 256, zero_point=-128)
    window = {"padding": "SAME", "dilation_w_factor": 1, "dilation_h_factor": 1}
    net.layer(
        "CONV_2D",
        [image, weights(6, 3, 3, 3, axis=0), bias(6)],
        [first],
        **window,
        stride_w=2,
        stride_h=2,
        fused_activation_function="RELU",
    )
    net.layer(
        "DEPTHWISE_CONV_2D",
        [first, weights(1, 3, 3, 6, axis=3), bias(6)],
        [second],
        **window,
        stride_w=1,
        stride_h=1,
        depth_multiplier=1,
        fused_activation_function="NONE",
    )
    shape = net.constant(np.array([1, 150], np.int32))
    net.layer("RESHAPE", [second, shape], [flat], new_shape=(1, 150))
    matrix = net.constant(random.integers(-127, 128, (5, 150)).astype(np.int8), scales=[0.01])
    net.layer(
        "FULLY_CONNECTED",
        [flat, matrix, bias(5)],
        [dense],
        fused_activation_function="NONE",
        weights_format="DEFAULT",
        keep_num_dims=False,
    )
    net.layer("SOFTMAX", [dense], [classes], beta=1.0)
    return net.finish([image], [classes])


def reducing() -> Graph:
    """Return a network that resizes an image, sums it, multiplies it with itself, and finds the largest value."""
    net, random = NetworkBuilder("reducing"), np.random.default_rng(1)
    source = net.activation((1, 4, 4, 3), "int8", scale=0.05, zero_point=3)
    filters = net.constant(random.integers(-127, 128, (2, 3, 3, 3)).astype(np.int8), scales=[0.01, 0.02])
    image = net.activation((1, 8, 8, 2), "int8", scale=0.1, zero_point=-4)
    wide = net.activation((1, 1, 8, 1), "int8", scale=0.3, zero_point=1)
    rows = net.activation((1, 8, 1), "int8", scale=0.3, zero_point=1)
    product = net.activation((1, 8, 8), "int8", scale=0.2)
    sums = net.activation((1, 8, 8), "int8", scale=1.0)
    largest = net.activation((1, 8), "int8", scale=1.0)
    unit = net.activation((1, 8), "int8", scale=1 / 128)
    place = net.activation((1,), "int32")

    def constant(*values: int) -> int:
        return net.constant(np.array(values, np.int32))

    net.layer(
        "TRANSPOSE_CONV",
        [constant(1, 8, 8, 2), filters, source],
        [image],
        padding="SAME",
        stride_h=2,
        stride_w=2,
        fused_activation_function="NONE",
    )
    net.layer("SUM", [image, constant(1, 3)], [wide], keep_dims=True)
    net.layer("RESHAPE", [wide, constant(1, 8, 1)], [rows])
    net.layer("BATCH_MATMUL", [rows, rows], [product], adj_x=False, adj_y=True)
    net.layer("CUMSUM", [product, constant(2)], [sums], exclusive=False, reverse=True)
    net.layer("REDUCE_MAX", [sums, constant(1)], [largest], keep_dims=False)
    net.layer("L2_NORMALIZATION", [largest], [unit], fused_activation_function="NONE")
    net.layer("ARG_MAX", [unit, constant(1)], [place])
    return net.finish([source], [unit, place])


def images(type_name: Literal["int8", "int16", "float32"], count: int = 3) -> Graph:
    """Return a network of batch 1 that computes on `count` images in between, by every operator that sees images."""
    net, random = NetworkBuilder("images"), np.random.default_rng(4)
    real = type_name == "float32"

    def constant(*values: object) -> int:
        return net.constant(np.array(values, np.int32))

    def value(*shape: int) -> int:
        if real:
            return net.activation(shape, type_name)
        return net.activation(shape, type_name, scale=0.05, zero_point=-3 if type_name == "int8" else 0)

    def weights(*shape: int, axis: int = 0) -> int:
        if real:
            return net.constant(random.normal(size=shape).astype(np.float32) / 4)
        scales = random.uniform(0.001, 0.004, shape[axis]).tolist()
        return net.constant(random.integers(-127, 128, shape).astype(np.int8), scales=scales, axis=axis)

    def bias(count: int) -> int:
        integer = np.int64 if type_name == "int16" else np.int32
        values = random.normal(size=count) if real else random.integers(-500, 500, count)
        return net.constant(values.astype(np.float32 if real else integer))

    window = {"padding": "SAME", "stride_w": 1, "stride_h": 1, "fused_activation_function": "NONE"}
    near = {"dilation_w_factor": 1, "dilation_h_factor": 1}
    pool = {**window, "padding": "VALID", "filter_height": 2, "filter_width": 2}
    flat, source, wide, deep, largest, mean, padded, larger, output = (
        value(*shape)
        for shape in (
            (1, count * 5 * 3 * 2),
            (count, 5, 3, 2),
            (count, 5, 3, 5),
            (count, 5, 3, 5),
            (count, 4, 2, 5),
            (count, 3, 1, 5),
            (count + 1, 4, 1, 5),
            (count + 1, 8, 2, 3),
            (1, (count + 1) * 8 * 2 * 3),
        )
    )
    net.layer("RESHAPE", [flat, constant(count, 5, 3, 2)], [source])
    net.layer("CONV_2D", [source, weights(5, 3, 3, 2), bias(5)], [wide], **window, **near)
    depthwise = [wide, weights(1, 3, 3, 5, axis=3), bias(5)]
    net.layer("DEPTHWISE_CONV_2D", depthwise, [deep], **window, **near, depth_multiplier=1)
    net.layer("MAX_POOL_2D", [deep], [largest], **pool)
    net.layer("AVERAGE_POOL_2D", [largest], [mean], **pool)
    net.layer("PAD", [mean, constant([0, 1], [1, 0], [0, 0], [0, 0])], [padded])
    up = {**window, "stride_w": 2, "stride_h": 2, "quantized_bias_type": "INT64"}
    net.layer(
        "TRANSPOSE_CONV", [constant(count + 1, 8, 2, 3), weights(3, 3, 3, 5), padded, bias(3)], [larger], **up
    )
    net.layer("RESHAPE", [larger, constant(1, (count + 1) * 48)], [output])
    return net.finish([flat], [output])


def sequences(type_name: Literal["int8", "float32"]) -> Graph:
    """Return an LSTM of two sequences, each with a state of its own."""
    graph = sequence() if type_name == "float32" else quantized_sequence(type_name)
    layer = graph.layers[0]
    doubled = {layer.inputs[0], layer.inputs[18], layer.inputs[19], layer.outputs[0]}

    def twice(tensor: Tensor) -> Tensor:
        return replace(
            tensor,
            shape=(2, *tensor.shape[1:]),
            state=None if tensor.state is None else tensor.state * 2,
        )

    tensors = tuple(twice(tensor) if tensor.index in doubled else tensor for tensor in graph.tensors)
    return replace(graph, tensors=tensors, layers=(layer,), outputs=layer.outputs)


def drawn_int8(side: int = 10) -> Graph:
    """Return an int8 network of three classes of grey pictures of `side` x `side` pixels: a matrix and a softmax."""
    net, random = NetworkBuilder("drawn"), np.random.default_rng(5)
    picture = net.activation((1, side, side, 1), "int8", scale=1 / 255, zero_point=-128)
    flat = net.activation((1, side * side), "int8", scale=1 / 255, zero_point=-128)
    dense = net.activation((1, 3), "int8", scale=0.1, zero_point=10)
    classes = net.activation((1, 3), "int8", scale=1 / 256, zero_point=-128)
    matrix = random.integers(-127, 128, (3, side * side)).astype(np.int8)
    net.layer("RESHAPE", [picture, net.constant(np.array([1, side * side], np.int32))], [flat])
    net.layer(
        "FULLY_CONNECTED",
        [flat, net.constant(matrix, scales=[0.005]), net.constant(np.zeros(3, np.int32))],
        [dense],
        fused_activation_function="NONE",
        weights_format="DEFAULT",
        keep_num_dims=False,
    )
    net.layer("SOFTMAX", [dense], [classes], beta=1.0)
    return net.finish([picture], [classes])
