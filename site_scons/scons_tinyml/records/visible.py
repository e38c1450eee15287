"""Escaping of characters in names and messages that would control a terminal or a CI server."""

from __future__ import annotations

import re
import unicodedata
from codecs import getincrementaldecoder
from collections.abc import Iterator

_CATEGORIES = frozenset(("Cc", "Cf", "Cs", "Zl", "Zp"))
"""Unicode's control and format characters, half surrogate pairs, and separators of lines and paragraphs."""

_COMMAND = re.compile(r"^(\s*)::|##(?=\w*\[)")
"""Beginnings of lines that CI servers take as commands: '::error::' and '##[error]', '##vso[task.complete]'."""
_CONTINUED = "  "
"""Beginning of the further lines of our messages. A line break in a name is followed by something else."""


def visible(text: str) -> str:
    r"""Return `text` as one line, with control characters and beginnings of commands escaped: '\x1b', '\x3a:'."""
    if not text.isprintable():
        text = "".join(map(visible_character, text))
    return _COMMAND.sub(lambda found: f"{found[1]}\\x3a:" if found[1] is not None else "#\\x23", text)


def visible_message(text: str) -> str:
    r"""Return our message `text`, whose further lines are indented; other line breaks are escaped: '\n'."""
    return "\n".join(map(visible, _message_lines(text)))


def visible_lines(text: str) -> str:
    """Return `text`, which another program or Python printed, line by line as `visible` does. Tabs are expanded."""
    return "\n".join(visible(line.expandtabs()) for line in text.splitlines())


def quoted(output: str) -> str:
    """Return the `output` of a program as the end of a message: in its line, or as further lines."""
    lines = output.strip().splitlines()
    return "".join(f" {line}" if len(lines) == 1 else f"\n{_CONTINUED}{line}" for line in lines)


def _message_lines(text: str) -> Iterator[str]:
    line, *rest = text.split("\n")
    for part in rest:
        if part.startswith(_CONTINUED):
            yield line
            line = part
        else:
            line = f"{line}\n{part}"
    yield line


def visible_character(character: str) -> str:
    """Return one character, escaped if it controls a terminal."""
    return _escape(character) if unicodedata.category(character) in _CATEGORIES else character


def _escape(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")


class VisibleStream:
    """Escapes text that comes in pieces, as the output of firmware does. Line ends and tabs stay.

    Of a command of a CI server, the second ':' or the '[' is escaped: what comes before may be printed already.
    """

    def __init__(self) -> None:
        self._decoder = getincrementaldecoder("utf-8")("backslashreplace")
        self._is_return_held = False
        self._start: str | None = ""
        """White space, and one ':' after it, if the line has nothing else so far."""
        self._marks = ""
        """End of the line so far, if it is '#', '##', or '##' with word characters after it: then '##w'."""

    def feed(self, data: bytes) -> str:
        """Return what can be printed of the bytes so far, without what was returned before."""
        return "".join(map(self._shown, self._decoder.decode(data)))

    def end(self) -> str:
        """Return the rest: a carriage return or a part of a character that nothing followed."""
        rest = "".join(map(self._shown, self._decoder.decode(b"", final=True)))
        held, self._is_return_held = self._is_return_held, False
        return rest + (r"\r" if held else "")

    def _shown(self, character: str) -> str:
        held, self._is_return_held = self._is_return_held, character == "\r"
        if character == "\n":
            self._start, self._marks = "", ""
            return "\r\n" if held else "\n"
        before = r"\r" if held else ""
        if character == "\r":
            return before
        if before:
            self._start, self._marks = None, ""
        if self._completes_command(character):
            return f"{before}\\x{ord(character):02x}"
        return before + (character if character == "\t" else visible_character(character))

    def _completes_command(self, character: str) -> bool:
        """Return whether a command is whole with `character`, and take note of it."""
        start, marks = self._start, self._marks
        colons = start is not None and start.endswith(":")
        self._start = (
            f"{start}{character}"
            if start is not None and not colons and (character == ":" or character.isspace())
            else None
        )
        if character == "#":
            self._marks = "##" if marks in ("#", "##") else "#"
        else:
            is_word = character.isalnum() or character == "_"
            self._marks = "##w" if marks[:2] == "##" and is_word else ""
        return (colons and character == ":") or (marks[:2] == "##" and character == "[")
