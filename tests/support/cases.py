"""Random layers of every operator: shapes, options, scales and values that hypothesis chooses and shrinks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy
from numpy.typing import NDArray

from scons_tinyml.stages.graph.ir import Graph, LayerView, TensorType
from support.tflite_builder import NetworkBuilder

ACTIVATIONS = st.sampled_from(["NONE", "RELU", "RELU6", "RELU_N1_TO_1"])
ZERO_POINTS = st.sampled_from([-128, -127, -1, 0, 1, 126, 127]) | st.integers(-128, 127)
SCALES = st.floats(-3, 0).map(lambda exponent: 10.0**exponent)
"""From 0.001 to 1, on a logarithmic scale."""

IMAGES = st.sampled_from([1, 1, 2, 3])
"""Numbers of images of a layer inside of a network."""

FACTORS = st.floats(-4, 0.6).map(lambda exponent: 10.0**exponent)
"""Scale of the accumulator / scale of the output: from 1e-4 to 4."""


INTEGER_RANGES: dict[str, tuple[int, int]] = {
    "int8": (-128, 127),
    "uint8": (0, 255),
    "int16": (-(2**15), 2**15 - 1),
}
"""Types of quantized activations."""


@dataclass(frozen=True)
class Case:
    """A network of one layer and values for its inputs."""

    graph: Graph
    inputs: tuple[NDArray[np.generic], ...] = field(repr=False)

    @property
    def view(self) -> LayerView:
        return self.graph.view(self.graph.layers[0])


@dataclass(frozen=True)
class Limits:
    """Fixed choices for kernels that run only some layers; None leaves the choice to hypothesis."""

    filter_length: int | None = None
    stride: int | None = None
    dilation: int | None = None
    groups: int | None = None
    depth_multiplier: int | None = None
    rows_by_rows: bool | None = None
    """For products of matrices: the second is transposed, has no zero point, and both have the same batches."""


ANYTHING = Limits()


def _chosen(draw: DrawFn, limit: int | None, choices: SearchStrategy[int]) -> int:
    return draw(choices) if limit is None else limit


class Values:
    """Random numbers from a seed that hypothesis draws, so that descriptions of examples are short."""

    def __init__(self, draw: DrawFn, type_name: TensorType) -> None:
        self._random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
        self._type = type_name

    def tensor(self, shape: Sequence[int]) -> NDArray[np.generic]:
        """Return integers of the whole range of the type, or floats of both signs and several magnitudes."""
        if self._type != "float32":
            found = "int8" if self._type == "int4" else self._type
            low, high = INTEGER_RANGES[found]
            return self._random.integers(low, high + 1, shape).astype(found)
        magnitudes = 10.0 ** self._random.uniform(-3, 1.2, shape)
        return (self._random.choice([-1, 1], shape) * magnitudes).astype(np.float32)

    def weights(self, shape: Sequence[int]) -> NDArray[np.generic]:
        """Return floats like those of `tensor`, or symmetric int8 weights for integer types."""
        if self._type == "float32":
            return self.tensor(shape)
        if self._type == "int4":
            return self._random.integers(-8, 8, shape).astype(np.int8)
        return self._random.integers(-127, 128, shape).astype(np.int8)

    def bias(self, count: int, type_name: TensorType) -> NDArray[np.generic]:
        if type_name == "float32":
            return self.tensor((count,))
        most = 2**24 if self._type == "int16" else 2**15
        return self._random.integers(-most, most, count).astype(type_name)

    def factors(self, low: float, high: float, count: int) -> list[float]:
        """Return random numbers on a logarithmic scale."""
        return [float(value) for value in np.exp(self._random.uniform(low, high, count))]


def _activation(
    draw: DrawFn, net: NetworkBuilder, shape: Sequence[int], type_name: TensorType, scale: float
) -> int:
    """Add a tensor of the type. In 8 bits it has `scale` and a random zero point, in 16 bits zero point 0."""
    if type_name == "float32":
        return net.activation(shape, "float32")
    if type_name == "int4":
        type_name = "int8"
    point = 0 if type_name == "int16" else draw(ZERO_POINTS) + (128 if type_name == "uint8" else 0)
    return net.activation(shape, type_name, scale=scale, zero_point=point)


def _like(net: NetworkBuilder, shape: Sequence[int], source: int) -> int:
    """Add a tensor with the quantization of the tensor `source`."""
    tensor = net.finish([], []).tensors[source]
    if tensor.quantization is None:
        return net.activation(shape, tensor.type)
    scale, point = tensor.quantization.scales[0], tensor.quantization.zero_points[0]
    return net.activation(shape, tensor.type, scale=scale, zero_point=point)


def _case(net: NetworkBuilder, values: Values, inputs: Sequence[int], output: int) -> Case:
    graph = net.finish(inputs, [output])
    return Case(graph, tuple(values.tensor(graph.tensors[index].shape) for index in inputs))


def _window(draw: DrawFn, length: int, dilated: bool, limits: Limits) -> tuple[int, int, int, bool]:
    """Draw filter length, stride and dilation of one axis, and return whether a VALID window fits."""
    taps = _chosen(draw, limits.filter_length, st.integers(1, 4))
    dilation = _chosen(draw, limits.dilation, st.integers(1, 3)) if dilated else 1
    stride = _chosen(draw, limits.stride, st.integers(1, 3))
    return taps, stride, dilation, (taps - 1) * dilation < length


def _positions(padding: str, length: int, taps: int, stride: int, dilation: int) -> int:
    if padding == "SAME":
        return (length + stride - 1) // stride
    return (length - (taps - 1) * dilation - 1) // stride + 1


@dataclass(frozen=True)
class _Image:
    """Choices that all windowed layers share."""

    images: int
    height: int
    width: int
    channels: int
    filter_height: int
    filter_width: int
    output_height: int
    output_width: int
    options: dict[str, int | str]


def _image(draw: DrawFn, dilated: bool, limits: Limits = ANYTHING) -> _Image:
    """Draw an image; some are a single row under a window of 1xN."""
    flat = limits.filter_length is None and draw(st.integers(0, 3)) == 0
    height, width = 1 if flat else draw(st.integers(1, 9)), draw(st.integers(1, 9))
    upright = replace(limits, filter_length=1) if flat else limits
    rows, stride_h, dilation_h, fits_h = _window(draw, height, dilated, upright)
    columns, stride_w, dilation_w, fits_w = _window(draw, width, dilated, limits)
    padding = draw(st.sampled_from(["SAME", "VALID"])) if fits_h and fits_w else "SAME"
    options: dict[str, int | str] = {"padding": padding, "stride_h": stride_h, "stride_w": stride_w}
    if dilated:
        options |= {"dilation_h_factor": dilation_h, "dilation_w_factor": dilation_w}
    options["fused_activation_function"] = draw(ACTIVATIONS)
    return _Image(
        draw(IMAGES),
        height,
        width,
        draw(st.integers(1, 9)),
        rows,
        columns,
        _positions(padding, height, rows, stride_h, dilation_h),
        _positions(padding, width, columns, stride_w, dilation_w),
        options,
    )


def weighted(
    draw: DrawFn,
    net: NetworkBuilder,
    values: Values,
    type_name: TensorType,
    input_shape: Sequence[int],
    filter_shape: Sequence[int],
    output_shape: Sequence[int],
    axis: int,
    bias_types: Sequence[TensorType] = ("int32", "int64"),
    per_channel: bool = True,
) -> tuple[list[int | None], int]:
    """Add input, filter, bias and output of a layer with weights, with scales that give sensible factors."""
    channels = filter_shape[axis]
    with_bias = draw(st.booleans())
    bias_type = draw(st.sampled_from(bias_types)) if type_name == "int16" else _BIAS_TYPES[type_name]
    weights, bias = values.weights(filter_shape), values.bias(channels, bias_type)
    if type_name == "float32":
        inputs: list[int | None] = [net.activation(input_shape, type_name), net.constant(weights)]
        inputs += [net.constant(bias)] if with_bias else []
        return inputs, net.activation(output_shape, type_name)
    input_scale, filter_scale = draw(SCALES), draw(SCALES)
    count = channels if draw(st.booleans()) and per_channel else 1
    filter_scales = [filter_scale * factor for factor in values.factors(-1, 1, count)]
    constant = net.packed if type_name == "int4" else net.constant
    inputs = [
        _activation(draw, net, input_shape, type_name, input_scale),
        constant(weights, scales=filter_scales, axis=axis),
    ]
    if with_bias:
        inputs.append(net.constant(bias, scales=[input_scale * scale for scale in filter_scales]))
    steps = 256 if type_name == "int16" else 1
    output_scale = input_scale * filter_scale / draw(FACTORS) * steps
    return inputs, _activation(draw, net, output_shape, type_name, output_scale)


_BIAS_TYPES: dict[str, TensorType] = {"int4": "int32", "int8": "int32", "float32": "float32"}


def _width_of_sums(draw: DrawFn, type_name: TensorType) -> dict[str, str]:
    """Draw the option that decides on the width of sums of int16 values without a bias."""
    if type_name != "int16":
        return {}
    return {"quantized_bias_type": draw(st.sampled_from(["FLOAT32", "INT32", "INT64"]))}


@st.composite
def conv_2d(draw: DrawFn, type_name: TensorType, limits: Limits = ANYTHING) -> Case:
    image, net, values = _image(draw, True, limits), NetworkBuilder(), Values(draw, type_name)
    divisors = [n for n in (1, 2, 3) if image.channels % n == 0]
    groups = _chosen(draw, limits.groups, st.sampled_from(divisors))
    channels = groups * draw(st.integers(1, 9 // groups))
    inputs, output = weighted(
        draw,
        net,
        values,
        type_name,
        (image.images, image.height, image.width, image.channels),
        (channels, image.filter_height, image.filter_width, image.channels // groups),
        (image.images, image.output_height, image.output_width, channels),
        axis=0,
    )
    net.layer("CONV_2D", inputs, [output], **image.options, **_width_of_sums(draw, type_name))
    return _case(net, values, [0], output)


@st.composite
def depthwise_conv_2d(draw: DrawFn, type_name: TensorType, limits: Limits = ANYTHING) -> Case:
    image, net, values = _image(draw, True, limits), NetworkBuilder(), Values(draw, type_name)
    multiplier = _chosen(draw, limits.depth_multiplier, st.sampled_from([1, 2, 3, 4, 8]))
    channels = image.channels * multiplier
    inputs, output = weighted(
        draw,
        net,
        values,
        type_name,
        (image.images, image.height, image.width, image.channels),
        (1, image.filter_height, image.filter_width, channels),
        (image.images, image.output_height, image.output_width, channels),
        axis=3,
        bias_types=("int64",),
    )
    net.layer("DEPTHWISE_CONV_2D", inputs, [output], depth_multiplier=multiplier, **image.options)
    return _case(net, values, [0], output)


@st.composite
def fully_connected(draw: DrawFn, type_name: TensorType) -> Case:
    net, values = NetworkBuilder(), Values(draw, type_name)
    rows, columns, outputs = draw(st.integers(1, 3)), draw(st.integers(1, 40)), draw(st.integers(1, 12))
    flat = rows == 1 or draw(st.booleans())
    inputs, output = weighted(
        draw,
        net,
        values,
        type_name,
        (rows, columns) if flat else (1, rows, columns),
        (outputs, columns),
        (rows, outputs) if flat else (1, rows, outputs),
        axis=0,
        per_channel=type_name != "int4",
    )
    if len(inputs) == 2:
        inputs.append(None)
    net.layer(
        "FULLY_CONNECTED",
        inputs,
        [output],
        fused_activation_function=draw(ACTIVATIONS),
        weights_format="DEFAULT",
        keep_num_dims=not flat,
        **_width_of_sums(draw, type_name),
    )
    return _case(net, values, [0], output)


def _pool(operator: str) -> Callable[[TensorType], SearchStrategy[Case]]:
    @st.composite
    def layers(draw: DrawFn, type_name: TensorType) -> Case:
        image, net, values = _image(draw, dilated=False), NetworkBuilder(), Values(draw, type_name)
        source = _activation(
            draw, net, (image.images, image.height, image.width, image.channels), type_name, draw(SCALES)
        )
        output = _like(net, (image.images, image.output_height, image.output_width, image.channels), source)
        window = {"filter_height": image.filter_height, "filter_width": image.filter_width}
        net.layer(operator, [source], [output], **window, **image.options)
        return _case(net, values, [source], output)

    return layers


average_pool_2d = _pool("AVERAGE_POOL_2D")
max_pool_2d = _pool("MAX_POOL_2D")
l2_pool_2d = _pool("L2_POOL_2D")


def _rescaled(
    draw: DrawFn, net: NetworkBuilder, shape: Sequence[int], type_name: TensorType, scale: float
) -> int:
    """Add an output whose scale is near to `scale`."""
    return _activation(draw, net, shape, type_name, scale * draw(st.floats(0.05, 20)))


def _elementwise(operator: str) -> Callable[[TensorType], SearchStrategy[Case]]:
    @st.composite
    def layers(draw: DrawFn, type_name: TensorType) -> Case:
        net, values = NetworkBuilder(), Values(draw, type_name)
        shape = (1, *draw(st.lists(st.integers(1, 6), min_size=1, max_size=3)))
        ending = shape[draw(st.integers(0, len(shape) - 1)) :] if draw(st.booleans()) else shape
        shapes = draw(st.permutations([shape, ending]))
        scales = [draw(SCALES)]
        scales.append(scales[0] * draw(st.floats(0.01, 100)))
        inputs = [
            _activation(draw, net, dims, type_name, scale) for dims, scale in zip(shapes, scales, strict=True)
        ]
        real = max(scales) if operator == "ADD" else scales[0] * scales[1] * 64
        output = _rescaled(draw, net, shape, type_name, real)
        net.layer(operator, inputs, [output], fused_activation_function=draw(ACTIVATIONS))
        return _case(net, values, inputs, output)

    return layers


add = _elementwise("ADD")
mul = _elementwise("MUL")


@st.composite
def fully_connected_asymmetric(draw: DrawFn, type_name: TensorType) -> Case:
    """Draw layers whose filter has one scale and a zero point, as old converters wrote them."""
    net, values = NetworkBuilder(), Values(draw, type_name)
    rows, columns, outputs = draw(st.integers(1, 3)), draw(st.integers(1, 40)), draw(st.integers(1, 12))
    scales = draw(SCALES), draw(SCALES)
    product = scales[0] * scales[1]
    source = _activation(draw, net, (rows, columns), type_name, scales[0])
    weights = values.tensor((outputs, columns))
    point = draw(ZERO_POINTS.filter(bool))
    inputs = [source, net.constant(weights, scales=[scales[1]], zero_points=[point]), None]
    if draw(st.booleans()):
        inputs[2] = net.constant(values.bias(outputs, "int32"), scales=[product])
    output = _activation(draw, net, (rows, outputs), type_name, product / draw(FACTORS))
    options = {"weights_format": "DEFAULT", "keep_num_dims": False}
    net.layer("FULLY_CONNECTED", inputs, [output], fused_activation_function=draw(ACTIVATIONS), **options)
    return _case(net, values, [source], output)


def _probability(net: NetworkBuilder, shape: Sequence[int], type_name: TensorType) -> int:
    if type_name == "float32":
        return net.activation(shape, type_name)
    if type_name == "int16":
        return net.activation(shape, type_name, scale=1 / 32768)
    return net.activation(shape, "int8", scale=1 / 256, zero_point=-128)


@st.composite
def softmax(draw: DrawFn, type_name: TensorType, result: TensorType | None = None) -> Case:
    net, values = NetworkBuilder(), Values(draw, type_name)
    shape = (1, *draw(st.lists(st.integers(1, 30), min_size=1, max_size=2)))
    scale = draw(st.floats(1e-4, 1))
    source = _activation(draw, net, shape, type_name, scale)
    if result == "int16":
        scale = draw(st.sampled_from([2**-16, 1 / 65535]))  # the latter is that of converters
        output = net.activation(shape, result, scale=scale, zero_point=-(2**15))
    else:
        output = _probability(net, shape, type_name)
    net.layer("SOFTMAX", [source], [output], beta=draw(st.sampled_from([1.0, 0.5, 2.0])))
    return _case(net, values, [source], output)


@st.composite
def logistic(draw: DrawFn, type_name: TensorType) -> Case:
    net, values = NetworkBuilder(), Values(draw, type_name)
    shape = (1, draw(st.integers(1, 60)))
    scale = draw(st.just(2**-12) | st.floats(1e-4, 1))
    source = _activation(draw, net, shape, type_name, scale)
    output = _probability(net, shape, type_name)
    net.layer("LOGISTIC", [source], [output])
    return _case(net, values, [source], output)


@st.composite
def pad(draw: DrawFn, type_name: TensorType) -> Case:
    net, values = NetworkBuilder(), Values(draw, type_name)
    lengths = draw(st.lists(st.integers(1, 5), min_size=1, max_size=4))
    pairs = [(draw(st.integers(0, 3)), draw(st.integers(0, 3))) for _ in lengths]
    source = _activation(draw, net, lengths, type_name, draw(SCALES))
    paddings = net.constant(np.array(pairs, np.int32))
    padded = [length + sum(pair) for length, pair in zip(lengths, pairs, strict=True)]
    output = _like(net, padded, source)
    net.layer("PAD", [source, paddings], [output])
    return _case(net, values, [source], output)


@st.composite
def relu(draw: DrawFn, type_name: TensorType) -> Case:
    net, values = NetworkBuilder(), Values(draw, type_name)
    shape, scale = (1, draw(st.integers(1, 60) | st.just(2000))), draw(SCALES)
    source = _activation(draw, net, shape, type_name, scale)
    output = _rescaled(draw, net, shape, type_name, scale)
    net.layer("RELU", [source], [output])
    return _case(net, values, [source], output)


@st.composite
def relu6(draw: DrawFn, type_name: TensorType) -> Case:
    net, values = NetworkBuilder(), Values(draw, type_name)
    shape = (1, draw(st.integers(1, 60)))
    source = _activation(draw, net, shape, type_name, draw(st.floats(0.005, 0.2)))
    output = _like(net, shape, source)
    net.layer("RELU6", [source], [output])
    return _case(net, values, [source], output)


@st.composite
def quantize(draw: DrawFn, type_name: TensorType) -> Case:
    net, values = NetworkBuilder(), Values(draw, type_name)
    shape = (1, draw(st.integers(1, 60)))
    scale = draw(st.floats(1e-3, 1))
    source = _activation(draw, net, shape, type_name, scale)
    output = _rescaled(draw, net, shape, "int8", scale)
    net.layer("QUANTIZE", [source], [output])
    return _case(net, values, [source], output)


@st.composite
def dequantize(draw: DrawFn, type_name: TensorType) -> Case:
    net, values = NetworkBuilder(), Values(draw, type_name)
    shape = (1, draw(st.integers(1, 60)))
    source = _activation(draw, net, shape, type_name, draw(SCALES))
    output = net.activation(shape, "float32")
    net.layer("DEQUANTIZE", [source], [output])
    return _case(net, values, [source], output)


CASES: dict[str, Callable[..., SearchStrategy[Case]]] = {
    "CONV_2D": conv_2d,
    "DEPTHWISE_CONV_2D": depthwise_conv_2d,
    "FULLY_CONNECTED": fully_connected,
    "AVERAGE_POOL_2D": average_pool_2d,
    "MAX_POOL_2D": max_pool_2d,
    "L2_POOL_2D": l2_pool_2d,
    "ADD": add,
    "MUL": mul,
    "SOFTMAX": softmax,
    "LOGISTIC": logistic,
    "PAD": pad,
    "RELU": relu,
    "RELU6": relu6,
    "QUANTIZE": quantize,
    "DEQUANTIZE": dequantize,
}
"""Layers of each operator that has kernels."""
