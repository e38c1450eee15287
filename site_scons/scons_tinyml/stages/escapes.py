"""Escapes for texts that go into C sources and linker scripts, whose comments are alike.

Each returns a text that a template prints as it is. Anything else that a template prints has to be a number or a word,
see `printed`: names of boards, tensors and sets are of other people and may hold any character.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from scons_tinyml.records.errors import InternalError

if TYPE_CHECKING:
    from markupsafe import Markup

_WORD = re.compile(r"[A-Za-z0-9_]*")
_HEADER = re.compile(r"\w[\w-]*(/\w[\w-]*)*\.h", re.ASCII)
_PLAIN = re.compile(rb"[ !#->@-\[\]-~]")
"""Bytes that stand for themselves in a string literal: printable ASCII but for quote, backslash and question mark."""


def c_code(text: str) -> Markup:
    """Return `text` as it is: C that this project has written, or that a generator has, which is code anyway."""
    from markupsafe import Markup

    return Markup(text)


def c_comment(text: str) -> Markup:
    """Return `text` for the inside of a comment, which it neither ends nor continues on another line.

    Backslashes and all that cannot be printed become question marks, and no two of these follow each other: they would
    begin a trigraph. Slashes and asterisks are kept apart.
    """
    shown = "".join(char if char.isprintable() and char != "\\" else "?" for char in text)
    shown = re.sub(r"\?(?=\?)", "? ", shown)
    shown = re.sub(r"\*(?=/|$)|/(?=\*)", r"\g<0> ", shown)
    return c_code(shown)


def c_string(text: str) -> Markup:
    """Return `text` as a string literal with its quotes: the bytes of its UTF-8.

    Lone surrogates stand for bytes that are no UTF-8, as Python reads file names. Raises UnicodeEncodeError for other
    surrogates.
    """
    return c_code('"' + "".join(map(_in_literal, text.encode("utf-8", "surrogateescape"))) + '"')


def c_header(text: str) -> Markup:
    """Return the name of a header for an include directive, such as 'tinyml/add.h'. Raises InternalError for others."""
    if not _HEADER.fullmatch(text):
        raise InternalError(f"{text!r} is no name of a header")
    return c_code(text)


def printed(value: object) -> Markup:
    """Return `value` as templates print it: an escaped text, a whole number, or a word.

    A word has letters, digits and underscores of ASCII, and can end nothing that it stands in. Raises InternalError for
    other values: a template lacks an escape.
    """
    if hasattr(value, "__html__"):
        return c_code(str(value))
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise InternalError(
            f"a template prints {value!r}, a {type(value).__name__}; expected a number or a text"
        )
    if isinstance(value, str) and not _WORD.fullmatch(value):
        raise InternalError(f"a template prints {value!r} without an escape, such as |c_comment or |c_string")
    return c_code(str(value))


def _in_literal(byte: int) -> str:
    """Return `byte` in a string literal; three octal digits, after which any digit may follow."""
    return chr(byte) if _PLAIN.match(bytes([byte])) else f"\\{byte:03o}"
