"""Scripts of a dialogue with firmware: outputs to wait for, and inputs to send.

Each line is a step. Empty lines and lines that begin with # are ignored:

    timeout 2 s             # limit of each `expect` from here on, in time of the emulated board
    expect "ready\\r\\n"      # run until this is in the output that no step before has taken
    send "name%"            # bytes for the UART; \\n \\r \\t \\0 \\\\ \\" and \\xHH as in C
    send hex 00 ff
    wait 10 ms              # let this time pass
    wait exit               # run until the firmware ends
    pin PC13 low            # level of a pin from outside, as from a button, until it gets another
    measure                 # begin to count cycles, instructions and the profile here, in place of at reset

The run ends with the script, or with the firmware if that comes first.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from scons_tinyml.records.errors import InputError
from scons_tinyml.records.input_file import read_input_text
from scons_tinyml.records.input_limits import SCRIPT_BYTES, SCRIPT_SECONDS, SHOWN_CHARACTERS
from scons_tinyml.records.names import shorten
from scons_tinyml.records.suggest import did_you_mean
from scons_tinyml.records.units import parse_seconds

Action = Literal["expect", "send", "wait", "exit", "timeout", "measure", "pin"]

_STRING = re.compile(r'"((?:[^"\\]|\\.)*)"')
_ESCAPE = re.compile(r"\\(x[0-9A-Fa-f]{2}|.)", re.DOTALL)
_LEVELS = {"low": False, "high": True}
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "0": "\0", "\\": "\\", '"': '"'}


@dataclass(frozen=True)
class Step:
    """One line of a script: bytes to send or expect, or seconds, or a pin and its level."""

    line: int
    action: Action
    data: bytes = b""
    seconds: float = 0.0
    pin: str = ""
    high: bool = False


@dataclass(frozen=True)
class Script:
    """Steps of a script, in order."""

    path: Path
    steps: tuple[Step, ...]

    @property
    def measures(self) -> bool:
        """True if a step says where the measurement begins."""
        return any(step.action == "measure" for step in self.steps)


def read_script(path: Path) -> Script:
    """Read the script at `path`. Raises InputError that names the line."""
    try:
        text = read_input_text(path, SCRIPT_BYTES)
    except OSError as error:
        raise InputError(f"the script cannot be read: {error.strerror}", where=path) from error
    except UnicodeDecodeError as error:
        raise InputError(f"the script is not UTF-8: {error}", where=path) from error
    steps = tuple(_steps(path, text))
    begins = [step.line for step in steps if step.action == "measure"]
    if len(begins) > 1:
        raise InputError(f"the measurement begins on line {begins[0]} already", where=f"{path}:{begins[1]}")
    return Script(path, steps)


def _steps(path: Path, text: str) -> Iterator[Step]:
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip() and not line.lstrip().startswith("#"):
            try:
                yield _step(number, line.strip())
            except ValueError as error:
                raise InputError(str(error), where=f"{path}:{number}") from None


def _step(number: int, line: str) -> Step:
    """Return the step of one line. Raises ValueError that explains the fault."""
    word, _, rest = line.partition(" ")
    if word not in _READERS:
        word = shorten(word)
        raise ValueError(f"'{word}' is no step of a script; {did_you_mean(word, _READERS)}")
    return _READERS[word](number, rest.strip())


def _expect(number: int, rest: str) -> Step:
    data = _string(rest)
    if not data:
        raise ValueError('expect "" would wait for nothing')
    return Step(number, "expect", data)


def _send(number: int, rest: str) -> Step:
    if rest.partition(" ")[0] == "hex":
        return Step(number, "send", _hexadecimal(_without_comment(rest.removeprefix("hex"))))
    return Step(number, "send", _string(rest))


def _wait(number: int, rest: str) -> Step:
    if _without_comment(rest) == "exit":
        return Step(number, "exit")
    return Step(number, "wait", seconds=_seconds(rest))


def _timeout(number: int, rest: str) -> Step:
    return Step(number, "timeout", seconds=_seconds(rest))


def _measure(number: int, rest: str) -> Step:
    after = _without_comment(rest)
    if after:
        raise ValueError(f"'{shorten(after, SHOWN_CHARACTERS)}' stands after measure, which takes nothing")
    return Step(number, "measure")


def _pin(number: int, rest: str) -> Step:
    name, _, level = _without_comment(rest).partition(" ")
    level = level.strip()
    if level not in _LEVELS:
        shown = shorten(rest, SHOWN_CHARACTERS) or "nothing"
        raise ValueError(f"expected a pin and its level, such as PC13 low or PC13 high, found {shown}")
    return Step(number, "pin", pin=name, high=_LEVELS[level])


def _seconds(rest: str) -> float:
    seconds = parse_seconds(_without_comment(rest))
    if seconds > SCRIPT_SECONDS:
        raise ValueError(f"{seconds:g} s is too long: the limit is {SCRIPT_SECONDS:g} s")
    return seconds


_READERS: dict[str, Callable[[int, str], Step]] = {
    "expect": _expect,
    "send": _send,
    "wait": _wait,
    "timeout": _timeout,
    "measure": _measure,
    "pin": _pin,
}


def _without_comment(text: str) -> str:
    return text.partition("#")[0].strip()


def _string(rest: str) -> bytes:
    found = _STRING.match(rest)
    if found is None:
        shown = shorten(rest, SHOWN_CHARACTERS) or "nothing"
        raise ValueError(f'expected text in double quotes, such as "ready\\n", found {shown}')
    after = _without_comment(rest[found.end() :])
    if after:
        raise ValueError(f"'{shorten(after, SHOWN_CHARACTERS)}' stands after the text")
    return b"".join(_unescaped(found.group(1)))


def _unescaped(text: str) -> Iterator[bytes]:
    place = 0
    for escape in _ESCAPE.finditer(text):
        yield text[place : escape.start()].encode()
        code, place = escape.group(1), escape.end()
        if code.startswith("x") and len(code) == 3:
            yield bytes.fromhex(code[1:])
        elif code in _ESCAPES:
            yield _ESCAPES[code].encode()
        else:
            raise ValueError(f'\\{code} is no escape; there are \\n \\r \\t \\0 \\\\ \\" and \\xHH')
    yield text[place:].encode()


def _hexadecimal(text: str) -> bytes:
    try:
        data = bytes.fromhex(text)
    except ValueError:
        shown = shorten(text, SHOWN_CHARACTERS)
        raise ValueError(f"expected pairs of hexadecimal digits, such as 00 ff, found {shown}") from None
    if not data:
        raise ValueError("expected pairs of hexadecimal digits, such as 00 ff, found nothing")
    return data
