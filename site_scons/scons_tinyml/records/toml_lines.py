"""Lines of the keys in a TOML file."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from typing import Any

MOST_LINES = 500
"""Most lines of a file that is searched: the work grows with their square."""


def line_of(text: str, keys: Sequence[str]) -> int | None:
    """Return the number of the line, from 1 on, at which the value of `keys` begins: ('budgets', 'flash').

    The beginning of a file that is TOML without the key, and with one more statement has it, ends just before it.
    Returns None for a file without the key, for one that is no TOML, and for one of more than MOST_LINES.
    """
    lines = text.split("\n")
    before = 0
    for number in range(1, len(lines) + 1 if len(lines) <= MOST_LINES else 0):
        try:
            table = tomllib.loads("\n".join(lines[:number]))
        except (ValueError, RecursionError):
            continue
        if _has(table, keys):
            return before + 1
        before = number
    return None


def _has(table: Any, keys: Sequence[str]) -> bool:
    for key in keys:
        if not isinstance(table, dict) or key not in table:
            return False
        table = table[key]
    return True
