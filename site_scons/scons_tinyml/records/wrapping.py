"""Lines as wide as a terminal, broken between words. All messages are printed here.

A word is more than letters: a number with its unit, a path, and a command that a person copies are never broken.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from typing import TextIO

from scons_tinyml.records.units import AMPERES, BYTES, HERTZ, JOULES, SECONDS, VOLTS, WATTS
from scons_tinyml.records.visible import visible, visible_message

PLAIN_COLUMNS = 80
"""Width of files, pipes and logs."""
WIDE_COLUMNS = 10_000
"""Width that breaks no line: that of `--wide` and `wide=yes`."""
FEWEST_COLUMNS = 20
"""Width at which narrower terminals are treated."""
VARIABLE = "COLUMNS"
"""Environment variable that gives the width in place of the terminal, as for other programs."""

_HANG = 4
"""Further indent of the continued lines of a sentence. The further lines of a message have 2."""
_LEAST_BESIDE = 24
"""Fewest columns for text beside a term; with less room it begins below."""

_UNITS = "|".join(sorted({*BYTES, *HERTZ, *SECONDS, *AMPERES, *VOLTS, *JOULES, *WATTS, "GiB", "cycles"}))
_NUMBER = rf"(?<![\w.,])[+-]?\d[\d.,]* (?:(?:{_UNITS})(?!\w)|%)"
_PROGRAM = r"(?<![\w/.=-])(?:scons|tinyml(?: costs)?|pipx? install|python -m \S+|git \w+|apt-get install)"
_ARGUMENT = r"(?: -{1,2}\w[\w-]*| \S*[=/\[]\S*| [A-Z]{3,}(?!\w))"
_COMMAND = rf"{_PROGRAM}(?!\w)(?: [a-z]+(?![\w,;:.=/-]))?{_ARGUMENT}*"
_WORD = re.compile(rf"(?:{_COMMAND}|{_NUMBER}|\S)+")


def columns(stream: TextIO) -> int:
    """Return the width of lines on `stream`: of COLUMNS, of its terminal, or PLAIN_COLUMNS."""
    given = os.environ.get(VARIABLE, "")
    if given.isascii() and given.isdecimal() and int(given[:6]):
        return max(int(given[:6]), FEWEST_COLUMNS)
    try:
        found = os.get_terminal_size(stream.fileno()).columns if stream.isatty() else 0
    except (OSError, ValueError):  # no file, a closed one, or a terminal without a size
        found = 0
    return max(found, FEWEST_COLUMNS) if found else PLAIN_COLUMNS


def use_wide_lines() -> None:
    """Have this process and its children break no line."""
    os.environ[VARIABLE] = str(WIDE_COLUMNS)


def cells(text: str) -> int:
    """Return the width of `text` on a terminal."""
    if text.isascii():
        return len(text)
    from rich.cells import cell_len

    return cell_len(text)


def padded(text: str, width: int, *, right: bool = False) -> str:
    """Return `text` filled up to `width` columns, at its right end or with `right` at its beginning."""
    blank = " " * (width - cells(text))
    return f"{blank}{text}" if right else f"{text}{blank}"


def words(text: str) -> list[str]:
    """Return the words of `text`, none of which may be broken."""
    return _WORD.findall(text)


def broken(text: str, width: int) -> list[str]:
    """Return `text` in lines of at most `width` columns, unless a single word is longer."""
    return list(_filled(words(visible(text)), width, width)) or [""]


def wrapped(text: str, width: int, indent: str = "") -> str:
    """Return `text` behind `indent`, whose continued lines have a hanging indent.

    Control characters and line breaks are escaped. Text that fits stays as it is.
    """
    return "\n".join(_wrapped(f"{indent}{visible(text)}", width))


def wrapped_message(text: str, width: int) -> str:
    """Return our message `text`, whose further lines are indented, with each line broken as `wrapped` does."""
    return "\n".join(wrapped(line, width) for line in visible_message(text).split("\n"))


def beside(term: str, text: str, width: int) -> str:
    """Return `term` with the lines of `text` beside it, or below it if there is little room."""
    term_width = cells(term)
    if width - term_width < _LEAST_BESIDE:
        return "\n".join([term.rstrip(), wrapped(text, width, " " * (_indent(term) + _HANG))])
    return term + f"\n{' ' * term_width}".join(broken(text, width - term_width))


def print_wrapped(text: str, stream: TextIO | None = None, indent: str = "") -> None:
    """Print `text`, one line without its breaks, to `stream` (default: stdout) in one piece."""
    stream = sys.stdout if stream is None else stream
    print(wrapped(text, columns(stream), indent), file=stream, flush=stream is sys.stderr)


def print_message(text: str) -> None:
    """Print our message `text`, whose further lines are indented, to stderr in one piece."""
    print(wrapped_message(text, columns(sys.stderr)), file=sys.stderr, flush=True)


def _wrapped(line: str, width: int) -> Iterator[str]:
    if cells(line) <= width:
        yield line
        return
    start = _indent(line)
    hang = start + min(_HANG, max(0, width - start - 1))
    first, *rest = _filled(words(line), width - start, width - hang) or [""]
    yield " " * start + first
    yield from (" " * hang + one for one in rest)


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def _filled(found: list[str], first_width: int, width: int) -> list[str]:
    """Return the words in lines, the first of `first_width` columns. No line begins as a command of a CI server."""
    lines: list[str] = []
    room = -1
    for word in found:
        taken = cells(word)
        if taken + 1 <= room:
            lines[-1] += f" {word}"
            room -= taken + 1
        else:
            start = visible(word)
            room = (width if lines else first_width) - cells(start)
            lines.append(start)
    return lines
