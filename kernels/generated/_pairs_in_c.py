"""Functions of two int8 tensors in C, value by value, for any core."""

from __future__ import annotations

from collections.abc import Sequence

from _bytes import Limits
from _c_function import CFunction, block, c_function, counted, indented
from _pairs import Pairs

_TURN = 4


def pair_function_in_c(
    prefix: str,
    description: str,
    pairs: Pairs,
    limits: Limits,
    value: Sequence[str],
    constants: str = "",
    begin: Sequence[str] = (),
) -> CFunction:
    """Return the function for inputs that meet as `pairs`, and for an array of int32 called `constants`, if any.

    `value` are lines that declare `value`, the output before it is limited, from `byte_1` and `byte_2` of type int8_t;
    `begin` are lines before all of them.
    """
    turns, rest = divmod(pairs.length, _TURN)
    body = [
        *counted("turn", turns, _some(_TURN, value, limits)),
        *(_some(rest, value, limits) if rest else []),
        *(f"input_{place} -= {pairs.length};" for place in (1, 2) if pairs.repeats[place - 1]),
    ]
    arguments = (
        "const int8_t *input_1",
        "const int8_t *input_2",
        "int8_t *output",
        *([f"const int32_t *{constants}"] if constants else []),
    )
    return c_function(
        prefix,
        f"{description}, {pairs.rows} rows of {pairs.length}",
        arguments,
        indented([*begin, *counted("row", pairs.rows, body)]),
        ("tinyml/fixed_point.h",),
    )


def _some(count: int, value: Sequence[str], limits: Limits) -> list[str]:
    """Return lines for the next `count` pairs."""
    lines = []
    for place in range(count):
        lines += block(
            "",
            [
                *(f"const int8_t byte_{number} = input_{number}[{place}];" for number in (1, 2)),
                *value,
                f"output[{place}] = (int8_t)tinyml_clamp(value, {limits.minimum}, {limits.maximum});",
            ],
        )
    return [*lines, *(f"{name} += {count};" for name in ("input_1", "input_2", "output"))]
