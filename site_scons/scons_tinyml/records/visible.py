"""Escaping of characters in names that would control a terminal or a CI server."""

from __future__ import annotations

import re
import unicodedata

_CATEGORIES = frozenset(("Cc", "Cf", "Cs", "Zl", "Zp"))
"""Unicode's control and format characters, half surrogate pairs, and separators of lines and paragraphs."""

_COMMAND = re.compile(r"^(\s*)::|##(?=\w*\[)")
"""Beginnings of lines that CI servers take as commands: '::error::' and '##[error]', '##vso[task.complete]'."""


def visible(text: str) -> str:
    r"""Return `text` as one line, with control characters and beginnings of commands escaped: '\x1b', '\x3a:'."""
    if not text.isprintable():
        text = "".join(
            _escape(character) if unicodedata.category(character) in _CATEGORIES else character
            for character in text
        )
    return _COMMAND.sub(lambda found: f"{found[1]}\\x3a:" if found[1] is not None else "#\\x23", text)


def _escape(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")
