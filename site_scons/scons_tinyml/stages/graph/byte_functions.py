"""Layers of int8 as functions of one or two bytes, by the arithmetic of TensorFlow Lite Micro."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from scons_tinyml.stages.graph.families.base import CArray, CStruct
from scons_tinyml.stages.graph.families.quantization.fixed_point import clamp, requantize, wrapped
from scons_tinyml.stages.graph.families.quantization.scales import INT8_MAX, INT8_MIN, FixedPoint
from scons_tinyml.stages.graph.ir import LayerView
from scons_tinyml.stages.graph.operators import find_operator

BYTES = (*range(INT8_MAX + 1), *range(INT8_MIN, 0))
"""All values of int8 in the order of tables: 0 to 127, then -128 to -1."""

Table = tuple[int, ...]
"""The result of each of BYTES. A value is its own index, as negative ones count from the end."""
Function = Callable[[int], int]
PairFunction = Callable[[int, int], int]

_Fields = Mapping[str, int]


@dataclass(frozen=True)
class ByteFunction:
    """A function of the input at `position`."""

    position: int
    results: Table


def byte_function(view: LayerView) -> ByteFunction | str | None:
    """Return a valid layer as a function of one value, the reason why it is none, or None for other operators."""
    computation = _computation(view)
    if computation not in ("LOOKUP", *_UNARY, *_PAIRS):
        return None
    if not _is_int8(view):
        return "is for int8 activations"
    if computation in _PAIRS:
        return _of_constant(view)
    struct = _parameters(view)
    if computation in _UNARY:
        return ByteFunction(0, tuple(map(_UNARY[computation](_numbers(struct)), BYTES)))
    table = struct.fields["table"]
    assert isinstance(table, CArray)
    return ByteFunction(0, tuple(map(int, table.values)))


def pair_function(view: LayerView) -> PairFunction | None:
    """Return a valid layer of two int8 inputs as a function of two values, None for any other layer."""
    computation = _computation(view)
    if computation is None or computation not in _PAIRS or not _is_int8(view):
        return None
    return _PAIRS[computation](_numbers(_parameters(view)))


def _of_constant(view: LayerView) -> ByteFunction | str:
    """Return a function of two values of which one is a constant."""
    function = pair_function(view)
    assert function is not None
    for position in (0, 1):
        constant, other = view.input(1 - position), view.input(position)
        if constant.is_constant and constant.elements == 1 and not other.is_constant:
            (held,) = memoryview(constant.data or b"").cast("b")
            pairs = ((value, held) if position == 0 else (held, value) for value in BYTES)
            return ByteFunction(position, tuple(function(*pair) for pair in pairs))
    return "is for one value that changes: the other input has to be a constant with one value"


def _rescaled(fields: _Fields) -> Function:
    """Return the function of RELU and of QUANTIZE, which has no limits."""
    factor = FixedPoint(fields["multiplier"], fields["shift"])
    low, high = fields.get("activation_min", INT8_MIN), fields.get("activation_max", INT8_MAX)
    return lambda value: clamp(
        requantize(value + fields["input_offset"], factor) + fields["output_offset"], low, high
    )


def _limited(fields: _Fields) -> Function:
    return lambda value: clamp(value, fields["activation_min"], fields["activation_max"])


def _sum(sign: int) -> Callable[[_Fields], PairFunction]:
    def function(fields: _Fields) -> PairFunction:
        first, second = (_in_common_scale(fields, f"input_{number}") for number in (1, 2))
        return lambda one, other: _output(fields, first(one) + sign * second(other))

    return function


def _in_common_scale(fields: _Fields, name: str) -> Function:
    factor = FixedPoint(fields[f"{name}_multiplier"], fields[f"{name}_shift"])
    offset, shift = fields[f"{name}_offset"], fields["left_shift"]
    return lambda value: requantize(wrapped((value + offset) << shift), factor)


def _product(fields: _Fields) -> PairFunction:
    first, second = fields["input_1_offset"], fields["input_2_offset"]
    return lambda one, other: _output(fields, (one + first) * (other + second))


def _output(fields: _Fields, value: int) -> int:
    factor = FixedPoint(fields["output_multiplier"], fields["output_shift"])
    scaled = requantize(value, factor) + fields["output_offset"]
    return clamp(scaled, fields["activation_min"], fields["activation_max"])


def _prelu(fields: _Fields) -> PairFunction:
    identity, product = (
        FixedPoint(fields[f"{name}_multiplier"], fields[f"{name}_shift"]) for name in ("identity", "product")
    )

    def function(one: int, other: int) -> int:
        value, alpha = one + fields["input_offset"], other + fields["alpha_offset"]
        scaled = requantize(value, identity) if value >= 0 else requantize(value * alpha, product)
        return clamp(scaled + fields["output_offset"], INT8_MIN, INT8_MAX)

    return function


def _computation(view: LayerView) -> str | None:
    operator = find_operator(view.layer.operator)
    return None if operator is None else operator.computation(view)


def _is_int8(view: LayerView) -> bool:
    operator = find_operator(view.layer.operator)
    return operator is not None and operator.number_type(view) == "int8"


def _parameters(view: LayerView) -> CStruct:
    operator = find_operator(view.layer.operator)
    assert operator is not None
    return operator.parameters(view)


def _numbers(struct: CStruct) -> dict[str, int]:
    return {name: value for name, value in struct.fields.items() if isinstance(value, int)}


_UNARY: Mapping[str, Callable[[_Fields], Function]] = {
    "RELU": _rescaled,
    "RELU6": _limited,
    "QUANTIZE": _rescaled,
}
_PAIRS: Mapping[str, Callable[[_Fields], PairFunction]] = {
    "ADD": _sum(1),
    "SUB": _sum(-1),
    "MUL": _product,
    "MAXIMUM": lambda _: max,
    "MINIMUM": lambda _: min,
    "PRELU": _prelu,
}
