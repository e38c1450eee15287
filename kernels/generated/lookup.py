"""Functions of one int8 value as a table, on any core: LOGISTIC, TANH, ELU, RELU, QUANTIZE and others.

So are ADD, SUB, MUL, MAXIMUM, MINIMUM and PRELU where one input is a constant with one value.
"""

from __future__ import annotations

from collections.abc import Iterator

from _c_function import CFunction, c_function, indented

from scons_tinyml.stages.graph.byte_functions import ByteFunction, byte_function
from scons_tinyml.stages.graph.ir import LayerView
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

TAKES = (
    "LOOKUP int8",
    "RELU int8",
    "RELU6 int8",
    "QUANTIZE int8",
    "ADD int8",
    "SUB int8",
    "MUL int8",
    "MAXIMUM int8",
    "MINIMUM int8",
    "PRELU int8",
)

_ARGUMENTS = ("const int8_t *input", "int8_t *output", "const int8_t *table", "const int32_t *turns")
_WORD = 4
_TURN = 8
"""Values of a turn: their loads follow each other, and registers hold them."""
_SHORT_TURN = 4
"""The same for the eight registers that instructions of 16 bits reach."""


class Lookup(Generator):
    """Values are looked up several at a time."""

    def lower(self, view: LayerView, core: Core) -> Iterator[Lowered]:
        """Yield a function for a layer of one value, or a Refusal."""
        found = byte_function(view)
        if isinstance(found, str):
            yield Refusal("", found)
        elif found is not None:
            turn = _TURN if "dsp" in core.features else _SHORT_TURN
            yield _implementation(found, view.output().elements, turn)


def _implementation(found: ByteFunction, size: int, turn: int) -> Implementation:
    turns, rest = divmod(size, turn)
    function = _function(turn, rest, loops=turns > 0)
    # Cycles depend on the number of turns, which follows from the shape.
    table = ConstantData("table", "int8_t", pack("int8_t", found.results), timed=False)
    count = ConstantData("turns", "int32_t", pack("int32_t", (turns,)), timed=False)
    return Implementation(
        name="",
        function=function.name,
        code=function.code,
        arguments=(Input(found.position), Output(0), table, count),
        in_place=True,
    )


def _function(turn: int, rest: int, *, loops: bool) -> CFunction:
    body = [
        "const uint8_t *from = (const uint8_t *)input;",
        "const uint8_t *const results = (const uint8_t *)table;",
    ]
    if loops:
        body += ["for (int32_t left = *turns; left > 0; --left) {", *indented(_some(turn)), "}"]
    else:
        body.append("(void)turns;")
    return c_function(
        "lookup",
        f"Results of a table, {turn} at a time" if loops else f"Results of a table, {rest} values",
        _ARGUMENTS,
        indented([*body, *(_some(rest) if rest else [])]),
    )


def _some(count: int) -> list[str]:
    """Return lines that look up `count` values; all are loaded first, as the output may lie over the input."""
    whole = range(0, count - count % _WORD, _WORD)
    return [
        "{",
        *indented(f"const uint32_t index_{place} = from[{place}];" for place in range(count)),
        *indented(f"const uint32_t result_{place} = results[index_{place}];" for place in range(count)),
        *indented(f"const uint32_t word_{first} = {_packed(first)};" for first in whole),
        *indented(line for first in whole for line in _stored(first)),
        *indented(f"output[{place}] = (int8_t)result_{place};" for place in range(len(whole) * _WORD, count)),
        "}",
        f"from += {count};",
        f"output += {count};",
    ]


def _packed(first: int) -> str:
    return " | ".join(f"result_{first + byte} << {8 * byte}" for byte in range(_WORD))


def _stored(first: int) -> list[str]:
    place = f"__builtin_assume_aligned(output + {first}, {_WORD})"
    return [f"__builtin_memcpy({place}, &word_{first}, {_WORD});"]


GENERATOR = Lookup()
