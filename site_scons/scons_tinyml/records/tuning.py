"""The option `tune`: how long a build may look for faster schedules."""

from __future__ import annotations

import math

from scons_tinyml.records.units import parse_quantity

NONE = "0"
"""Measures nothing but the usual schedules."""
ALL = "all"
_UNITS = {"s": 1.0, "min": 60.0, "h": 3600.0}


def parse_time(text: str) -> float:
    """Return the seconds of '30s', '5min' or '2h'. Raises ValueError for other text."""
    try:
        return parse_quantity(text, _UNITS)
    except ValueError:
        raise ValueError(f"{text!r} is no time, such as '30min' or '2h'") from None


def parse_tuning(text: str) -> float:
    """Return the seconds of '0', '30s', '5min' or '1h', infinity for 'all'. Raises ValueError for other text."""
    if text == NONE:
        return 0.0
    if text == ALL:
        return math.inf
    try:
        return parse_quantity(text, _UNITS)
    except ValueError:
        raise ValueError(f"{text!r} is no time, such as '30s' or '5min', and neither 'all' nor '0'") from None
