"""Names that others chose, at a length that a line has room for."""

from __future__ import annotations

LONGEST_NAME = 32
"""Characters of a layer's name that tables and messages show."""


def shorten(name: str, longest: int = LONGEST_NAME) -> str:
    """`name` with its middle left out if it is longer than `longest`: converters make very long ones."""
    if len(name) <= longest:
        return name
    kept = longest - 3
    return f"{name[: kept // 2]}...{name[-(kept - kept // 2) :]}"
