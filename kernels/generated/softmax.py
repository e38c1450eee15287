"""SOFTMAX of int8, on any core: exponentials of all differences from the largest value are a table."""

from __future__ import annotations

from collections.abc import Iterator

from _c_function import CFunction, block, c_function, counted, indented

from scons_tinyml.stages.graph.families.quantization.fixed_point import exp_on_negative, requantize
from scons_tinyml.stages.graph.families.quantization.scales import FixedPoint
from scons_tinyml.stages.graph.families.reducing.rows import INTEGER_BITS
from scons_tinyml.stages.graph.ir import LayerView
from scons_tinyml.stages.lowering.arguments import known_operator
from scons_tinyml.stages.lowering.core import Core
from scons_tinyml.stages.lowering.generators import Generator
from scons_tinyml.stages.lowering.implementation import (
    ConstantData,
    Implementation,
    Input,
    Lowered,
    Output,
    Refusal,
)
from scons_tinyml.stages.lowering.literals import pack

TAKES = ("SOFTMAX int8",)

_ARGUMENTS = ("const int8_t *input", "int8_t *output", "const int32_t *exponentials")
_DIFFERENCES = 256
_SUM_BITS = 12
"""Exponentials are Q0.31, their sum is Q12.19: rows have less than 4096 values."""


class Softmax(Generator):
    """A value takes two loads from the table, and one product."""

    def lower(self, view: LayerView, core: Core) -> Iterator[Lowered]:  # noqa: ARG002
        """Yield a function for a SOFTMAX layer from int8 to int8, or a Refusal."""
        operator = known_operator(view)
        if operator.computation(view) != "SOFTMAX":
            return
        if operator.number_type(view) != "int8":
            yield Refusal("", "is for int8 activations")
            return
        fields = operator.parameters(view).fields
        numbers = {name: value for name, value in fields.items() if isinstance(value, int)}
        factor = FixedPoint(numbers["input_multiplier"], numbers["input_left_shift"])
        function = _function(numbers["rows"], numbers["row_size"])
        table = pack("int32_t", exponentials(factor, numbers["difference_min"]))
        # Cycles depend on the values: they decide which lines of the flash are read, whatever these hold.
        data = ConstantData("exponentials", "int32_t", table, "of 0, -1, ... -255", timed=False)
        yield Implementation(
            name="",
            function=function.name,
            code=function.code,
            arguments=(Input(0), Output(0), data),
            in_place=True,
            reads_constants_once=True,
        )


def exponentials(factor: FixedPoint, least: int) -> tuple[int, ...]:
    """Return exp(-difference) in Q0.31 of the differences 0 to 255; 0 for those beyond `least`, at most 0."""
    return tuple(
        exp_on_negative(requantize(-difference, factor), INTEGER_BITS) if -difference >= least else 0
        for difference in range(_DIFFERENCES)
    )


def _function(rows: int, size: int) -> CFunction:
    each = f"for (int32_t i = 0; i < {size}; ++i)"
    row = [
        "int32_t largest = input[0];",
        *block(each, ["largest = input[i] > largest ? input[i] : largest;"]),
        "uint32_t sum = 0;",
        *block(
            each,
            [f"sum += ((uint32_t)exponentials[largest - input[i]] + {1 << _SUM_BITS - 1}) >> {_SUM_BITS};"],
        ),
        "const int32_t headroom = __builtin_clz(sum);",
        "const int32_t above_one = tinyml_shift_left((int32_t)sum, headroom) - INT32_MIN;",
        "const int32_t reciprocal = tinyml_reciprocal_of_one_plus(above_one);",
        f"const int32_t shift = {_SUM_BITS + 31 - 8} - headroom; /* 32 or more: every share is below 1/512 */",
        *block(
            each,
            [
                "const int32_t share = tinyml_multiply_q31(reciprocal, exponentials[largest - input[i]]);",
                "const uint32_t rounded = shift < 32 ? ((uint32_t)share + (1u << shift >> 1)) >> shift : 0;",
                "const int32_t value = INT8_MIN + (int32_t)rounded;",
                "output[i] = (int8_t)(value > INT8_MAX ? INT8_MAX : value);",
            ],
        ),
        f"input += {size};",
        f"output += {size};",
    ]
    return c_function(
        "softmax",
        f"Softmax of {rows} rows of {size} values",
        _ARGUMENTS,
        indented(counted("row", rows, row)),
        ("tinyml/fixed_point.h",),
    )


GENERATOR = Softmax()
