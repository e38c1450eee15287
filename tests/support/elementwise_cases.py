"""Random layers of elementwise operators, by operator and type."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from scons_tinyml.stages.graph.ir import OptionValue, TensorType
from scons_tinyml.stages.graph.operators import find_operator
from support.cases import ACTIVATIONS, INTEGER_RANGES, SCALES, ZERO_POINTS, Case
from support.drawer import Array, Drawer

Layers = Callable[[TensorType], SearchStrategy[Case]]


_ANY = ("int8", "uint8", "int16", "int32", "int64", "float32", "bool")
_LEAST_LIMITED_SCALE = 1e-8
"""Least scale for which the limits of fused activations fit 32 bits."""


def _joined(first: Sequence[int], second: Sequence[int]) -> tuple[int, ...]:
    return np.broadcast_shapes(tuple(first), tuple(second))


def _pair(drawer: Drawer) -> tuple[tuple[int, ...], tuple[int, ...]]:
    shape = drawer.shape_of_values()
    return drawer.repeated(shape), drawer.repeated(shape)


@dataclass(frozen=True)
class _Scales:
    """Scales of the inputs, and one near to the scale of the result."""

    first: float
    second: float
    output: float


def _sum_scales(draw: DrawFn) -> _Scales:
    first = draw(SCALES)
    second = first * draw(st.floats(0.01, 100))
    return _Scales(first, second, max(first, second) * draw(st.floats(0.05, 20)))


def _product_scales(draw: DrawFn) -> _Scales:
    first, second = draw(SCALES), draw(SCALES)
    return _Scales(first, second, first * second * 64 * draw(st.floats(0.05, 20)))


def _quotient_scales(draw: DrawFn) -> _Scales:
    first, second = draw(SCALES), draw(SCALES)
    return _Scales(first, second, first / second / 2 ** draw(st.floats(6.01, 22.9)))


def _square_scales(draw: DrawFn) -> _Scales:
    scales = _sum_scales(draw)
    coarser = max(scales.first, scales.second)
    return _Scales(scales.first, scales.second, coarser**2 * 100 * draw(st.floats(0.05, 20)))


def _arithmetic(
    operator: str, scales_of: Callable[[DrawFn], _Scales], fused: bool = True
) -> Callable[[TensorType], SearchStrategy[Case]]:
    @st.composite
    def layers(draw: DrawFn, type_name: TensorType) -> Case:
        drawer, scales = Drawer(draw), scales_of(draw)
        if operator in ("MUL", "SQUARED_DIFFERENCE") and type_name == "int16":
            scales = replace(scales, output=scales.output * 256)
        shapes = _pair(drawer)
        first = drawer.tensor(shapes[0], type_name, scales.first)
        second = drawer.tensor(shapes[1], type_name, scales.second)
        output = drawer.tensor(_joined(*shapes), type_name, scales.output)
        values = [drawer.values(shape, type_name) for shape in shapes]
        if operator == "DIV":
            values[1] = _without_zero(drawer, second, values[1])
        clamped = fused and type_name != "int64" and not (operator == "ADD" and type_name == "int32")
        if type_name in INTEGER_RANGES and scales.output < _LEAST_LIMITED_SCALE:
            clamped = False
        options = {"fused_activation_function": draw(ACTIVATIONS) if clamped else "NONE"} if fused else {}
        return drawer.case(operator, [first, second], output, values, **options)

    return layers


def _without_zero(drawer: Drawer, tensor: int, values: Array) -> Array:
    zero = _zero(drawer, tensor)
    return np.where(values == zero, np.asarray(zero + (1 if zero < 100 else -1), values.dtype), values)


def _alike(operator: str) -> Layers:
    """Return layers whose tensors have the same quantization."""

    @st.composite
    def layers(draw: DrawFn, type_name: TensorType) -> Case:
        drawer, shapes = Drawer(draw), ((), ())
        shapes = _pair(drawer)
        point = draw(ZERO_POINTS)
        scale = draw(SCALES)

        def tensor(shape: Sequence[int]) -> int:
            if type_name not in INTEGER_RANGES:
                return drawer.net.activation(shape, type_name)
            zero_point = 0 if type_name == "int16" else point
            return drawer.net.activation(shape, type_name, scale=scale, zero_point=zero_point)

        inputs = [tensor(shape) for shape in shapes]
        values = [drawer.values(shape, type_name) for shape in shapes]
        return drawer.case(operator, inputs, tensor(_joined(*shapes)), values)

    return layers


def _comparison(operator: str) -> Layers:
    """Return layers with many equal values and some NaN."""

    @st.composite
    def layers(draw: DrawFn, type_name: TensorType) -> Case:
        drawer = Drawer(draw)
        shapes = _pair(drawer)
        scale = draw(SCALES) / 2
        factor = draw(st.sampled_from([1.0, 2.0]) | st.floats(0.5, 1.9))
        scales = draw(st.permutations([scale, scale * factor * 0.99]) | st.just([scale, scale]))
        scales = [scale, scale] if type_name == "int16" else scales
        inputs = [drawer.tensor(shape, type_name, s) for shape, s in zip(shapes, scales, strict=True)]
        values = [_coarse(drawer, drawer.values(shape, type_name)) for shape in shapes]
        return drawer.case(operator, inputs, drawer.net.activation(_joined(*shapes), "bool"), values)

    return layers


def _divided(operator: str) -> Layers:
    """Return layers of FLOOR_DIV and FLOOR_MOD; many quotients are whole."""

    @st.composite
    def layers(draw: DrawFn, type_name: TensorType) -> Case:
        drawer = Drawer(draw)
        shapes = _pair(drawer)
        inputs = [drawer.net.activation(shape, type_name) for shape in shapes]
        values = [drawer.values(shape, type_name) for shape in shapes]
        if draw(st.booleans()):
            values = [np.asarray(np.round(one), one.dtype) % 7 - 3 for one in values]
        values[1] = np.where(values[1] == 0, values[1].dtype.type(3), values[1])
        return drawer.case(operator, inputs, drawer.net.activation(_joined(*shapes), type_name), values)

    return layers


@st.composite
def _pow(draw: DrawFn, type_name: TensorType) -> Case:
    """Draw powers; those of negative numbers are NaN unless the exponent is whole."""
    drawer = Drawer(draw)
    shapes = _pair(drawer)
    inputs = [drawer.net.activation(shape, type_name) for shape in shapes]
    values = [drawer.values(shape, type_name) for shape in shapes]
    values[1] = np.round(values[1] / 2) if draw(st.booleans()) else values[1]
    values[0] = values[0] if draw(st.booleans()) else np.abs(values[0])
    return drawer.case("POW", inputs, drawer.net.activation(_joined(*shapes), type_name), values)


@st.composite
def _add_n(draw: DrawFn, type_name: TensorType) -> Case:
    drawer, scale = Drawer(draw), draw(SCALES)
    shape, count = drawer.shape_of_values(), draw(st.integers(2, 14))
    first = drawer.tensor(shape, type_name, scale)
    inputs = [first, *(drawer.like(first, shape) for _ in range(count - 1))]
    output = drawer.tensor(shape, type_name, scale * draw(st.floats(0.05, 20)))
    return drawer.case("ADD_N", inputs, output, [drawer.values(shape, type_name) for _ in inputs])


def _coarse(drawer: Drawer, values: Array) -> Array:
    if values.dtype == np.float32:
        whole = np.round(values / 4)
        return np.where(drawer.random.random(values.shape) < 0.1, np.float32("nan"), whole).astype(np.float32)
    if values.dtype == np.int64:
        return np.asarray(
            values % 3 + ((values % 5 // 3) << 32)
        )  # many values that differ only in their upper halves
    return values if values.dtype == np.bool_ else values // 32


def _logical(operator: str) -> Layers:
    @st.composite
    def layers(draw: DrawFn, type_name: TensorType) -> Case:
        drawer = Drawer(draw)
        shapes = _pair(drawer)
        inputs = [drawer.tensor(shape, type_name) for shape in shapes]
        values = [drawer.values(shape, type_name) for shape in shapes]
        return drawer.case(operator, inputs, drawer.tensor(_joined(*shapes), type_name), values)

    return layers


_UNARY_SCALES: dict[str, float] = {"LOGISTIC": 1 / 256, "TANH": 1 / 128}
"""Scales of int8 outputs that the operator prescribes."""

_POSITIVE = ("LOG", "SQRT", "RSQRT")


def _unary(operator: str) -> Layers:
    @st.composite
    def layers(draw: DrawFn, type_name: TensorType) -> Case:
        drawer, scale = Drawer(draw), draw(SCALES)
        if type_name == "int16":
            scale = draw(st.just(2**-12) | st.sampled_from([2**-11, 2**-13]) | st.just(scale / 256))
        if operator == "EXP":
            scale = min(scale, 0.2 if type_name == "int8" else 0.0015)  # inputs below 60
        shape = (1, *drawer.shape_of_values(3))
        source = drawer.tensor(shape, type_name, scale)
        output = _unary_output(drawer, operator, shape, type_name, scale)
        values = drawer.values(shape, type_name)
        if operator in _POSITIVE:
            values = np.abs(values) if type_name == "float32" else np.maximum(values, _zero(drawer, source))
        if operator in ("ROUND", "FLOOR", "CEIL"):
            values = np.where(drawer.random.random(shape) < 0.5, np.round(values * 2) / 2, values)
        return drawer.case(operator, [source], output, [values], **_unary_options(draw, operator, type_name))

    return layers


def _unary_output(
    drawer: Drawer, operator: str, shape: Sequence[int], type_name: TensorType, scale: float
) -> int:
    if type_name == "int16" and operator in _UNARY_SCALES:
        return drawer.net.activation(shape, type_name, scale=1 / 32768)
    if type_name == "int8" and operator in _UNARY_SCALES:
        point = -128 if operator == "LOGISTIC" else 0
        return drawer.net.activation(shape, "int8", scale=_UNARY_SCALES[operator], zero_point=point)
    if operator == "RSQRT":
        finer = 256 if type_name == "int16" else 1
        return drawer.tensor(shape, type_name, drawer.draw(st.floats(0.001, 0.2)) / scale**0.5 / finer)
    if operator == "SQRT":
        finer = 256**0.5 if type_name == "int16" else 1
        return drawer.tensor(shape, type_name, drawer.draw(st.floats(0.01, 2)) * scale**0.5 / finer)
    if operator == "HARD_SWISH":
        return drawer.tensor(shape, type_name, scale * drawer.draw(st.floats(0.01, 100)))
    return drawer.tensor(shape, type_name, scale * drawer.draw(st.floats(0.05, 20)))


def _unary_options(draw: DrawFn, operator: str, type_name: TensorType) -> dict[str, OptionValue]:
    if operator == "LEAKY_RELU":
        return {"alpha": draw(st.sampled_from([0.0, 0.01, 0.1, 1.5, -0.5]) | st.floats(-2, 2, width=32))}
    return {"approximate": type_name != "float32" and draw(st.booleans())} if operator == "GELU" else {}


def _zero(drawer: Drawer, tensor: int) -> int:
    quantization = drawer.net.finish([], []).tensors[tensor].quantization
    return quantization.zero_points[0] if quantization else 0


@st.composite
def _prelu(draw: DrawFn, type_name: TensorType) -> Case:
    drawer, scales = Drawer(draw), _product_scales(draw)
    shape = drawer.shape_of_values()
    alpha_shape = drawer.repeated(shape)
    source = drawer.tensor(shape, type_name, scales.first)
    alpha_type: TensorType = "float32" if type_name == "float32" else "int8"
    alpha = drawer.tensor(alpha_shape, alpha_type, scales.second)
    output = drawer.tensor(shape, type_name, scales.first * draw(st.floats(0.05, 20)))
    values = [drawer.values(shape, type_name), drawer.values(alpha_shape, alpha_type)]
    return drawer.case("PRELU", [source, alpha], output, values)


def _drawn_zero_point(draw: DrawFn, type_name: TensorType) -> int:
    """Draw any zero point for int8 and uint8; int16 has none."""
    return 0 if type_name == "int16" else draw(ZERO_POINTS) + (128 if type_name == "uint8" else 0)


@st.composite
def _select_v2(draw: DrawFn, type_name: TensorType) -> Case:
    drawer = Drawer(draw)
    shape = drawer.shape()
    shapes = [drawer.repeated(shape) for _ in range(3)]
    quantization: dict[str, Any] = {}
    if type_name in INTEGER_RANGES:
        quantization = {"scale": draw(SCALES), "zero_point": _drawn_zero_point(draw, type_name)}
    types: list[TensorType] = ["bool", type_name, type_name]
    inputs = [drawer.net.activation(shapes[0], "bool")]
    inputs += [drawer.net.activation(dims, type_name, **quantization) for dims in shapes[1:]]
    output = drawer.net.activation(np.broadcast_shapes(*shapes), type_name, **quantization)
    values = [drawer.values(dims, name) for dims, name in zip(shapes, types, strict=True)]
    return drawer.case("SELECT_V2", inputs, output, values)


_CASTS: tuple[TensorType, ...] = ("bool", "int8", "uint8", "int16", "int32", "uint32", "int64", "float32")


@st.composite
def _cast(draw: DrawFn, type_name: TensorType) -> Case:
    drawer = Drawer(draw)
    shape = drawer.shape()
    targets = [name for name in _CASTS if (type_name, name) != ("float32", "uint32")]
    target: TensorType = draw(st.sampled_from(targets))
    source, output = drawer.net.activation(shape, type_name), drawer.net.activation(shape, target)
    values = drawer.values(shape, type_name)
    if type_name == "float32" and draw(st.booleans()):
        values = values * np.float32(draw(st.sampled_from([1e2, 1e4, 1e9, 1e18])))
    if type_name == "int64" and draw(st.booleans()):
        values = values * 0x1000193 ** np.asarray(drawer.random.integers(0, 3, shape))
    some = np.where(drawer.random.random(shape) < 0.3, values.dtype.type(0), values)
    return drawer.case("CAST", [source], output, [some])


_QUANTIZED: dict[TensorType, tuple[TensorType, ...]] = {
    "int8": ("int8", "uint8", "int16", "int32"),
    "uint8": ("int8", "uint8", "int16"),
    "int16": ("int8", "int16", "int32"),
    "int32": ("int8", "int16"),
    "float32": ("int8", "uint8", "int16"),
}
"""Output types of QUANTIZE by input type."""


_WIDTHS = {"int16": 2.0**8, "int32": 2.0**13}
"""Factor of the drawn range of values, relative to int8."""


def _scaled(drawer: Drawer, shape: Sequence[int], type_name: TensorType, scale: float) -> int:
    if type_name == "int32":
        return drawer.net.activation(shape, type_name, scale=scale)
    return drawer.tensor(shape, type_name, scale)


@st.composite
def _quantize(draw: DrawFn, type_name: TensorType) -> Case:
    drawer = Drawer(draw)
    shape, scale = drawer.shape_of_values(), draw(SCALES)
    target = draw(st.sampled_from(_QUANTIZED[type_name]))
    ratio = draw(st.floats(0.05, 20) | st.just(1.0))
    wider = _WIDTHS.get(type_name, 1.0) / _WIDTHS.get(target, 1.0)
    source = _scaled(drawer, shape, type_name, scale)
    output = _scaled(drawer, shape, target, scale * wider * ratio)
    return drawer.case("QUANTIZE", [source], output, [drawer.values(shape, type_name)])


@st.composite
def _log_softmax(draw: DrawFn, type_name: TensorType) -> Case:
    drawer = Drawer(draw)
    shape = (*drawer.shape(2), draw(st.integers(1, 30) | st.just(600)))
    source = drawer.tensor(shape, type_name, draw(st.floats(1e-4, 4)))
    output = drawer.net.activation(shape, type_name)
    if type_name == "int8":
        output = drawer.net.activation(shape, type_name, scale=1 / 16, zero_point=127)
    values = drawer.values(shape, type_name)
    return drawer.case("LOG_SOFTMAX", [source], output, [values // 16 if draw(st.booleans()) else values])


_NUMBERS: tuple[TensorType, ...] = ("int8", "int32", "float32")
_ALL_NUMBERS: tuple[TensorType, ...] = ("int8", "int16", "int32", "float32")
_WITH_INT64: tuple[TensorType, ...] = (*_ALL_NUMBERS, "int64")

_PAIRS: dict[str, tuple[Layers, tuple[TensorType, ...]]] = {
    "ADD": (_arithmetic("ADD", _sum_scales), _WITH_INT64),
    "SUB": (_arithmetic("SUB", _sum_scales), _WITH_INT64),
    "MUL": (_arithmetic("MUL", _product_scales), _WITH_INT64),
    "DIV": (_arithmetic("DIV", _quotient_scales), _NUMBERS),
    "SQUARED_DIFFERENCE": (_arithmetic("SQUARED_DIFFERENCE", _square_scales, fused=False), _ALL_NUMBERS),
    "MINIMUM": (_alike("MINIMUM"), _WITH_INT64),
    "MAXIMUM": (_alike("MAXIMUM"), _WITH_INT64),
    "FLOOR_DIV": (_divided("FLOOR_DIV"), ("int32", "float32")),
    "FLOOR_MOD": (_divided("FLOOR_MOD"), ("int32", "int64", "float32")),
    "POW": (_pow, ("float32",)),
    "EQUAL": (_comparison("EQUAL"), (*_NUMBERS, "int64", "bool")),
    "NOT_EQUAL": (_comparison("NOT_EQUAL"), (*_NUMBERS, "int64", "bool")),
    "GREATER": (_comparison("GREATER"), _WITH_INT64),
    "GREATER_EQUAL": (_comparison("GREATER_EQUAL"), _WITH_INT64),
    "LESS": (_comparison("LESS"), _WITH_INT64),
    "LESS_EQUAL": (_comparison("LESS_EQUAL"), _WITH_INT64),
    "LOGICAL_AND": (_logical("LOGICAL_AND"), ("bool",)),
    "LOGICAL_OR": (_logical("LOGICAL_OR"), ("bool",)),
}

_IN_INT8 = ("ELU", "HARD_SWISH", "RELU_N1_TO_1")
_IN_INT16 = ("ABS", "EXP", "GELU", "LEAKY_RELU", "LOG", "LOGISTIC", "RSQRT", "SQRT", "TANH")
"""Operators with layers in int16, and in int8."""

_IN_FLOAT = ("CEIL", "COS", "FLOOR", "ROUND", "SIN", "SQUARE")

_ALL: dict[str, tuple[Layers, tuple[TensorType, ...]]] = {
    **_PAIRS,
    **{operator: (_unary(operator), ("int8", "float32")) for operator in _IN_INT8},
    **{operator: (_unary(operator), ("int8", "int16", "float32")) for operator in _IN_INT16},
    **{operator: (_unary(operator), ("float32",)) for operator in _IN_FLOAT},
    "ABS": (_unary("ABS"), _ALL_NUMBERS),
    "SIGN": (_unary("SIGN"), ("int32", "float32")),
    "ADD_N": (_add_n, _NUMBERS),
    "NEG": (_unary("NEG"), ("int32", "int64", "float32")),
    "LOGICAL_NOT": (_unary("LOGICAL_NOT"), ("bool",)),
    "PRELU": (_prelu, ("int8", "int16", "float32")),
    "SELECT_V2": (_select_v2, ("int8", "uint8", "int16", "int32", "int64", "bool", "float32")),
    "CAST": (_cast, _CASTS),
    "QUANTIZE": (_quantize, ("int8", "uint8", "int16", "int32", "float32")),
    "LOG_SOFTMAX": (_log_softmax, ("int8", "float32")),
}

ELEMENTWISE: dict[tuple[str, TensorType], SearchStrategy[Case]] = {
    (operator, type_name): layers(type_name)
    for operator, (layers, types) in _ALL.items()
    for type_name in types
}
"""Layers of each operator in each type that has kernels."""

SHARED: dict[str, tuple[str, ...]] = {
    "COMPARE": ("EQUAL", "NOT_EQUAL", "GREATER", "GREATER_EQUAL", "LESS", "LESS_EQUAL"),
    "LOGICAL": ("LOGICAL_AND", "LOGICAL_OR"),
    "LOOKUP": (*_IN_INT8, *_IN_INT16),
}
"""Operators by the computation that they share."""


def elementwise_kernels() -> dict[str, Layers]:
    """Return layers for each computation, by the type of the kernel."""
    own = {name: (name,) for name in _ALL if name not in {*SHARED["COMPARE"], *SHARED["LOGICAL"]}}
    return {
        computation: _for_kernels(names, computation) for computation, names in (own | SHARED).items()
    } | {
        f"QUANTIZE_TO_{target}": _for_kernels(("QUANTIZE",), f"QUANTIZE_TO_{target}")
        for target in ("INT16", "INT32", "UINT8")
    }


def _for_kernels(names: Sequence[str], computation: str) -> Layers:
    def layers(type_name: str) -> SearchStrategy[Case]:
        types = _ANY if type_name == "any" else (type_name,)
        found = [ELEMENTWISE[name, one] for name in names for one in types if (name, one) in ELEMENTWISE]
        return st.one_of(found).filter(lambda case: _computation(case) == computation)

    return layers


def _computation(case: Case) -> str:
    operator = find_operator(case.view.layer.operator)
    assert operator is not None
    return operator.computation(case.view)
