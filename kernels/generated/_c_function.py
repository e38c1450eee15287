"""Functions that are generated as C, where the compiler does as well as assembly."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from scons_tinyml.stages.lowering.implementation import GeneratedCode
from scons_tinyml.stages.lowering.thumb.routine import ALIGNMENT_BYTES, comment_text

_DIGITS = 12
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
    """Return a compound statement."""
    return [f"{head} {{", *indented(lines), "}"]


def counted(name: str, count: int | str, lines: Sequence[str]) -> list[str]:
    """Return a loop that runs `lines` `count` times; a count of 1 needs none, of 0 leaves them out."""
    if count in (0, 1):
        return list(lines) * int(count)
    return block(f"for (int32_t {name} = {count}; {name} > 0; --{name})", lines)
