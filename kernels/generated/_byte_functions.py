"""Layers that are a function of one int8 value: all 256 results, by TensorFlow Lite Micro's arithmetic."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from _bytes import Limits
from _scaled_sum import SIGNS, SumLayer

from scons_tinyml.stages.graph.families.base import CArray, CStruct
from scons_tinyml.stages.graph.families.quantization.fixed_point import clamp
from scons_tinyml.stages.graph.families.quantization.scales import FixedPoint
from scons_tinyml.stages.graph.ir import LayerView
from scons_tinyml.stages.lowering.arguments import known_operator
from scons_tinyml.stages.lowering.thumb.sums import INT8_MAX, INT8_MIN, OutputRange, Sums, expected


@dataclass(frozen=True)
class ByteFunction:
    """A function of the input at `position`: `results` of 0 to 127, then of -128 to -1."""

    position: int
    results: tuple[int, ...]


def byte_function(view: LayerView) -> ByteFunction | str | None:
    """Return the layer as a function of one value, the reason why it is none, or None for other operators."""
    operator = known_operator(view)
    computation = operator.computation(view)
    if computation not in ("LOOKUP", *_UNARY, *_BINARY):
        return None
    if operator.number_type(view) != "int8":
        return "is for int8 activations"
    struct = operator.parameters(view)
    if computation == "LOOKUP":
        table = struct.fields["table"]
        assert isinstance(table, CArray)
        return ByteFunction(0, tuple(map(int, table.values)))
    if computation in _UNARY:
        return ByteFunction(0, _results(_UNARY[computation](_numbers(struct))))
    return _of_constant(view, computation, struct)


def _of_constant(view: LayerView, computation: str, struct: CStruct) -> ByteFunction | str:
    """Return a function of two values of which one is a constant."""
    for position in (0, 1):
        constant, other = view.input(1 - position), view.input(position)
        if constant.is_constant and constant.elements == 1 and not other.is_constant:
            (value,) = memoryview(constant.data or b"").cast("b")
            return ByteFunction(position, _results(_BINARY[computation](struct, position, value)))
    return "is for one value that changes: the other input has to be a constant with one value"


def _results(function: Callable[[int], int]) -> tuple[int, ...]:
    return tuple(function(value) for value in (*range(INT8_MAX + 1), *range(INT8_MIN, 0)))


def _rescaled(fields: Mapping[str, int]) -> Callable[[int], int]:
    """Return the function of RELU and of QUANTIZE, which has no limits."""
    sums = Sums(FixedPoint(fields["multiplier"], fields["shift"]), 0, 0)
    limits = fields.get("activation_min", INT8_MIN), fields.get("activation_max", INT8_MAX)
    output = OutputRange(fields["output_offset"], *limits)
    return lambda value: expected(sums, output, value + fields["input_offset"])


def _limited(fields: Mapping[str, int]) -> Callable[[int], int]:
    return lambda value: clamp(value, fields["activation_min"], fields["activation_max"])


def _sum(computation: str) -> Callable[[CStruct, int, int], Callable[[int], int]]:
    def function(struct: CStruct, position: int, constant: int) -> Callable[[int], int]:
        outputs, limits = SumLayer.of(struct, SIGNS[computation]).outputs(), Limits.of(struct)
        found: Sequence[int] = (outputs if position == 0 else outputs.T)[:, constant - INT8_MIN].tolist()
        return lambda value: clamp(found[value - INT8_MIN], limits.minimum, limits.maximum)

    return function


def _product(struct: CStruct, position: int, constant: int) -> Callable[[int], int]:
    fields = _numbers(struct)
    sums = Sums(FixedPoint(fields["output_multiplier"], fields["output_shift"]), 0, 0)
    output = OutputRange(fields["output_offset"], fields["activation_min"], fields["activation_max"])
    offsets = fields["input_1_offset"], fields["input_2_offset"]
    factor = constant + offsets[1 - position]
    return lambda value: expected(sums, output, (value + offsets[position]) * factor)


def _numbers(struct: CStruct) -> dict[str, int]:
    return {name: value for name, value in struct.fields.items() if isinstance(value, int)}


_UNARY: dict[str, Callable[[Mapping[str, int]], Callable[[int], int]]] = {
    "RELU": _rescaled,
    "RELU6": _limited,
    "QUANTIZE": _rescaled,
}
_BINARY = {"ADD": _sum("ADD"), "SUB": _sum("SUB"), "MUL": _product}
