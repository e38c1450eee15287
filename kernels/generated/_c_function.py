"""Functions that are generated as C, where the compiler does as well as assembly, and expressions of them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from scons_tinyml.stages.lowering.implementation import GeneratedCode
from scons_tinyml.stages.lowering.thumb.proof import fused, with_roundings
from scons_tinyml.stages.lowering.thumb.requantization import Fused, Rounded
from scons_tinyml.stages.lowering.thumb.routine import ALIGNMENT_BYTES, comment_text
from scons_tinyml.stages.lowering.thumb.sums import OutputRange, Sums, is_within

_DIGITS = 12
SCALE = 128
"""Factor of a sum before it is requantized."""
_SHORT = 65_500
"""Largest sum: times 2^15, with a carry and a half, it is below 2^31."""
_INDENT = "    "


@dataclass(frozen=True)
class CFunction:
    """A function and its name."""

    name: str
    code: GeneratedCode


def c_function(
    prefix: str, description: str, arguments: Sequence[str], body: Iterable[str], headers: Sequence[str] = ()
) -> CFunction:
    """Return the function with the lines `body`, named `prefix` and a digest of its text."""
    text = "\n".join(body)
    digest = hashlib.sha256("\n".join([description, *arguments, *headers, text]).encode()).hexdigest()
    name = f"{prefix}_{digest[:_DIGITS]}"
    declaration = f"void {name}({', '.join(arguments)})"
    included = "".join(f'#include "{header}"\n' for header in headers)
    attribute = f"__attribute__((aligned({ALIGNMENT_BYTES})))"
    whole = f"{included}/* {comment_text(description)} */\n{attribute}\n{declaration}\n{{\n{text}\n}}\n"
    return CFunction(name, GeneratedCode(declaration, whole))


def indented(lines: Iterable[str], levels: int = 1) -> list[str]:
    """Return `lines` further to the right."""
    return [f"{_INDENT * levels}{line}" for line in lines]


def block(head: str, lines: Iterable[str]) -> list[str]:
    """Return a compound statement; `head` may be empty."""
    return [f"{head} {{".lstrip(), *indented(lines), "}"]


def counted(name: str, count: int | str, lines: Sequence[str]) -> list[str]:
    """Return a loop that runs `lines` `count` times; a count of 1 needs none, of 0 leaves them out."""
    if count in (0, 1):
        return list(lines) * int(count)
    return block(f"for (int32_t {name} = {count}; {name} > 0; --{name})", lines)


def requantized(name: str, sums: Sums, output: OutputRange, *, short: bool = False) -> str:
    """Return an expression for the output of the variable `name`, before it is limited.

    It is exact for all `sums` within reach: by proven constants, by the definition without what these sums do not
    need, or by tinyml_requantize of `tinyml/fixed_point.h`. With `short`, products have 32 bits where sums have 17.
    """
    is_short = short and max(abs(sums.low), abs(sums.high)) < _SHORT
    product_of = _short_product if is_short else _long_product
    found = fused_at_some_scale(sums, output)
    if found is not None:
        scale, constants = found
        ((factor, offset),) = constants.constants
        return f"({product_of(name, factor, 33 - scale.bit_length())} + {offset}) >> {constants.shift}"
    rounded = with_roundings([sums], output) if is_within(sums) else None
    if isinstance(rounded, Rounded):
        ((factor, offset),) = rounded.constants
        product = product_of(name, factor, 31, rounds=True)
        return f"({product} - ({product} < 0) + {offset}) >> {rounded.shift}"
    real = sums.factor
    return f"tinyml_requantize({name}, {real.multiplier}, {real.shift}) + {output.zero_point}"


def fused_at_some_scale(sums: Sums, output: OutputRange) -> tuple[int, Fused] | None:
    """Return proven constants for `sums`, or for SCALE times them, with the scale; or None.

    Factors that are not small need it: the upper half of a product with the sum itself has few bits of fraction.
    """
    for scale in (1, SCALE):
        scaled = replace(sums, scale=scale)
        found = fused([scaled], output) if is_within(scaled) else None
        if found is not None:
            return scale, found
    return None


def _long_product(name: str, factor: int, shift: int, *, rounds: bool = False) -> str:
    """Return name * factor >> shift."""
    half = f" + {1 << shift >> 1}" if rounds else ""
    return f"(int32_t)(((int64_t){name} * {factor}{half}) >> {shift})"


def _short_product(name: str, factor: int, shift: int, *, rounds: bool = False) -> str:
    """Return the same by two products: the lower half of the factor has a sign, so they fit 32 bits."""
    upper = (factor + 2**15) >> 16
    lower = factor - (upper << 16)
    half = f" + {1 << shift - 16 >> 1}" if rounds else ""
    return f"(({name} * {upper} + ({name} * {lower} >> 16){half}) >> {shift - 16})"
