"""Functions that are generated as C, where the compiler does as well as assembly, and expressions of them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from scons_tinyml.stages.lowering.implementation import GeneratedCode
from scons_tinyml.stages.lowering.thumb.proof import prove
from scons_tinyml.stages.lowering.thumb.requantization import Fused, Rounded
from scons_tinyml.stages.lowering.thumb.routine import ALIGNMENT_BYTES, comment_text
from scons_tinyml.stages.lowering.thumb.sums import OutputRange, Sums

_DIGITS = 12
_SHORT = 65_500
"""Times 2^15, with a carry, it is below 2^31."""
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
    found = prove([sums], output)
    if isinstance(found, Fused):
        ((factor, offset),) = found.constants
        is_short = short and max(abs(sums.low), abs(sums.high)) < _SHORT
        product = _short_product(name, factor) if is_short else f"(int32_t)((int64_t){name} * {factor} >> 32)"
        return f"({product} + {offset}) >> {found.shift}"
    if isinstance(found, Rounded):
        ((factor, offset),) = found.constants
        product = f"(int32_t)(((int64_t){name} * {factor} + {1 << 30}) >> 31)"
        return f"({product} - ({product} < 0) + {offset}) >> {found.shift}"
    scale = sums.factor
    return f"tinyml_requantize({name}, {scale.multiplier}, {scale.shift}) + {output.zero_point}"


def _short_product(name: str, factor: int) -> str:
    """Return name * factor >> 32 by two products, which fit 32 bits as the lower half of the factor has a sign."""
    upper = (factor + 2**15) >> 16
    lower = factor - (upper << 16)
    return f"(({name} * {upper} + ({name} * {lower} >> 16)) >> 16)"
