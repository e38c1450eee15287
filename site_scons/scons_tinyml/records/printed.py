"""Limits in the form that tables print: `flash=15.6KiB`, `latency=47.66ms`, `accuracy=0.9694`.

Tables round. A limit in the form of a table stands for all values that are printed so: a build keeps its own printed
figures as limits. Any other limit is exact: 48KiB is 49,152 bytes.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Mapping
from math import inf, nextafter
from typing import Annotated

from pydantic import BeforeValidator

from scons_tinyml.records.input_limits import SHOWN_CHARACTERS
from scons_tinyml.records.names import shorten
from scons_tinyml.records.quantities import bytes_schema, joules_schema, seconds_schema, watts_schema
from scons_tinyml.records.units import (
    BYTES,
    JOULES,
    SECONDS,
    WATTS,
    format_bytes,
    format_fraction,
    format_joules,
    format_seconds,
    format_watts,
    parse_quantity,
)

_FURTHER_BYTES = 1024**2
"""Upper bound of the bytes that share one printed size: its last digit is 0.01 MiB at most."""


def most_bytes(text: object) -> int:
    """Return the most whole bytes that `text` stands for. Raises ValueError when there is no unit."""
    value = parse_quantity(text, BYTES)
    count = int(value)
    if not _is_printed(text, format_bytes(round(value))):
        return count
    printed, further = format_bytes(round(value)), range(round(value), round(value) + _FURTHER_BYTES)
    return further[bisect_left(further, True, key=lambda size: format_bytes(size) != printed) - 1]


def most_seconds(text: object) -> float:
    """Return the longest time in seconds that `text` stands for. Raises ValueError when there is no unit."""
    return _most(text, SECONDS, format_seconds)


def most_joules(text: object) -> float:
    """Return the largest energy in joules that `text` stands for. Raises ValueError when there is no unit."""
    return _most(text, JOULES, format_joules)


def most_watts(text: object) -> float:
    """Return the largest power in watts that `text` stands for. Raises ValueError when there is no unit."""
    return _most(text, WATTS, format_watts)


def _most(text: object, units: Mapping[str, float], shown: Callable[[float], str]) -> float:
    value = parse_quantity(text, units)
    return _last(value, shown, inf) if _is_printed(text, shown(value)) else value


def most_fraction(given: object) -> float:
    """Return the largest fraction that `given`, text or a number, stands for. Raises ValueError for no number."""
    return _fraction(given, inf)


def least_fraction(given: object) -> float:
    """Return the smallest fraction that `given`, text or a number, stands for. Raises ValueError for no number."""
    return _fraction(given, -inf)


def _fraction(given: object, towards: float) -> float:
    wrong = ValueError(f"{shorten(repr(given), SHOWN_CHARACTERS)} is not a number between 0 and 1")
    if isinstance(given, bool) or not isinstance(given, str | int | float):
        raise wrong
    try:
        value = float(given)
    except (ValueError, OverflowError):
        raise wrong from None
    if not 0 < value < 1 or not _is_printed(str(given), format_fraction(value)):
        return value
    return _last(value, format_fraction, towards)


def _is_printed(text: object, printed: str) -> bool:
    """Return whether `text` is `printed`, with or without a space before its unit, and not a whole number."""
    written = str(text).replace(" ", "").replace("µ", "u")
    return written == printed.replace(" ", "") and "." in written


def _last(value: float, shown: Callable[[float], str], towards: float) -> float:
    """Return the number nearest to `towards` that `shown` prints as it prints `value`."""
    printed = shown(value)
    inside, outside = value, value * 2 if towards > 0 else 0.0
    while nextafter(inside, towards) != outside:
        middle = (inside + outside) / 2
        inside, outside = (middle, outside) if shown(middle) == printed else (inside, middle)
    return inside


ByteLimit = Annotated[int, BeforeValidator(most_bytes), bytes_schema()]
SecondsLimit = Annotated[float, BeforeValidator(most_seconds), seconds_schema()]
JoulesLimit = Annotated[float, BeforeValidator(most_joules), joules_schema()]
WattsLimit = Annotated[float, BeforeValidator(most_watts), watts_schema()]
LeastFraction = Annotated[float, BeforeValidator(least_fraction)]
MostFraction = Annotated[float, BeforeValidator(most_fraction)]
