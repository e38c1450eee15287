"""Shortening of the long names that files of networks have."""

from __future__ import annotations

LONGEST_NAME = 32
"""Most characters of a layer's name in tables and messages."""


def shorten(name: str, longest: int = LONGEST_NAME) -> str:
    """Return `name`, without its middle if it has more than `longest` characters."""
    if len(name) <= longest:
        return name
    kept = longest - 3
    return f"{name[: kept // 2]}...{name[-(kept - kept // 2) :]}"
