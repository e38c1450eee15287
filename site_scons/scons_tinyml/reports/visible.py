"""Names as a terminal or a log may have them: without characters that it would obey."""

from __future__ import annotations

import re
import unicodedata

_CATEGORIES = frozenset(("Cc", "Cf", "Cs", "Zl", "Zp"))
"""Unicode's control and format characters, half surrogate pairs, and separators of lines and paragraphs."""

_COMMAND = re.compile(r"^(\s*)::|##(?=\w*\[)")
"""Beginnings of what CI servers take as a command in a log: '::error::' and '##[error]', '##vso[task.complete]'."""


def visible(text: str) -> str:
    r"""`text` in one line, with what a terminal or a CI server would obey as '\x1b', '\u202e' or '\x3a:'."""
    if not text.isprintable():
        text = "".join(
            _escape(character) if unicodedata.category(character) in _CATEGORIES else character
            for character in text
        )
    return _COMMAND.sub(lambda found: f"{found[1]}\\x3a:" if found[1] is not None else "#\\x23", text)


def _escape(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")
