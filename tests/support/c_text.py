"""The first phases of a C compiler, ISO C 5.1.1.2: what is left of a text without comments and contents of literals."""

from __future__ import annotations

import re

_TRIGRAPHS = dict(zip("=/'()!<>-", "#\\^[]|{}~", strict=True))
_TOKEN = re.compile(
    r"""(?P<comment>/\*.*?\*/|//[^\n]*)|(?P<literal>"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*')""", re.DOTALL
)


def code_of(text: str, *, trigraphs: bool = True) -> str:
    """Return `text` with a space for each comment, and nothing between the quotes of literals.

    Trigraphs are replaced as C99 does it. Lines are joined where a backslash ends one, also with blanks behind it, as
    GCC does. A comment without an end stays as it is.
    """
    if trigraphs:
        text = re.sub(r"\?\?([=/'()!<>-])", lambda found: _TRIGRAPHS[found[1]], text)
    text = re.sub(r"\\[ \t\v\f\r]*\n", "", text)
    return _TOKEN.sub(lambda found: " " if found["comment"] else found["literal"][0] * 2, text).replace(
        "  ", " "
    )
