"""A function of assembly in C: its lines laid out, its name, its text."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from scons_tinyml.records.errors import InternalError
from scons_tinyml.stages.lowering.implementation import GeneratedCode

ALIGNMENT_BYTES = 32
"""Alignment of functions: a line of the instruction caches of STM32 flash."""
LABEL = "@@"
"""Beginning of labels until the name of the function is known."""
_DIGITS = 12
_TEMPLATE = """\
/* {description}
 * {code_bytes} bytes of code, {stack_bytes} bytes of stack{loops}. Registers have the names of what they hold. */
__attribute__((naked, aligned({alignment})))
{definition}
{{
    __asm volatile(
{lines}
    );
}}
"""


@dataclass(frozen=True)
class Routine:
    """An assembled function."""

    function: str
    declaration: str
    text: str
    code_bytes: int
    """Bytes from its first to its last instruction; it begins at a multiple of ALIGNMENT_BYTES."""
    stack_bytes: int
    loops: dict[str, int]
    """Bytes of the body of each loop that has no other inside, by name."""

    @property
    def code(self) -> GeneratedCode:
        """The function as the code of an implementation."""
        return GeneratedCode(self.declaration, self.text)


@dataclass(frozen=True)
class Line:
    """An instruction, or a line that takes no bytes."""

    text: str
    size_bytes: int = 0


@dataclass(frozen=True)
class Align:
    """Filling up to a multiple of `size_bytes`."""

    size_bytes: int


@dataclass(frozen=True)
class LoopEnd:
    """The end of a loop."""

    name: str
    start: int
    """Index of the first item of its body."""
    innermost: bool


Item = Line | Align | LoopEnd


def routine(
    description: str, prefix: str, arguments: Sequence[str], items: Sequence[Item], stack_bytes: int
) -> Routine:
    """Return the function of `items`, named `prefix` and a digest of its text."""
    texts, offsets = laid_out(items)
    loops = {
        item.name: offsets[index] - offsets[item.start]
        for index, item in enumerate(items)
        if isinstance(item, LoopEnd) and item.innermost
    }
    digest = hashlib.sha256("\n".join([description, *arguments, *texts]).encode()).hexdigest()
    function = f"{prefix}_{digest[:_DIGITS]}"
    unused = ", ".join(f"{argument} __attribute__((unused))" for argument in arguments)
    text = _TEMPLATE.format(
        description=description,
        code_bytes=offsets[-1],
        stack_bytes=stack_bytes,
        loops="".join(f", {size} in the loop '{name}'" for name, size in loops.items()),
        alignment=ALIGNMENT_BYTES,
        definition=f"void {function}({unused or 'void'})",
        lines="\n".join(in_string(text.replace(LABEL, f".L{function}_")) for text in texts),
    )
    declaration = f"void {function}({', '.join(arguments) or 'void'})"
    return Routine(function, declaration, text, offsets[-1], stack_bytes, loops)


def comment_text(text: str) -> str:
    """Return `text`, the inside of a comment. Raises InternalError if it would end there."""
    if "*/" in text or "/*" in text or "\n" in text:
        raise InternalError(f"{text!r} cannot be a comment")
    return text


def laid_out(items: Sequence[Item]) -> tuple[list[str], list[int]]:
    """Return the lines, and the offset of each item with that of the end."""
    texts: list[str] = []
    offsets = [0]
    for item in items:
        size = 0
        if isinstance(item, Line):
            texts.append(item.text)
            size = item.size_bytes
        elif isinstance(item, Align):
            size = -offsets[-1] % item.size_bytes
            texts += [f".balign {item.size_bytes}"] if size else []
        offsets.append(offsets[-1] + size)
    return texts, offsets


def in_string(text: str) -> str:
    """Return a line of assembly as C; comments stand between the strings."""
    return f"        {text}" if text.startswith("/*") else f'        "{text}\\n"'
