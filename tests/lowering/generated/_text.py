"""Helper of the generators beside it."""

from __future__ import annotations

from collections.abc import Iterable


def listed(values: Iterable[int]) -> str:
    """Values of an initializer."""
    return ", ".join(map(str, values))
