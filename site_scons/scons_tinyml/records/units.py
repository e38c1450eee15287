"""Conversion between text with a unit ("64 KiB", "80 MHz", "40 ms") and numbers in SI units.

A number without a unit is refused: 64 could be bytes or KiB.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from scons_tinyml.records.input_limits import QUANTITY, QUANTITY_CHARACTERS, SHOWN_CHARACTERS
from scons_tinyml.records.names import shorten

_QUANTITY = re.compile(r"^\s*([0-9]+(?:\.[0-9]+)?)\s*([A-Za-zµ]+)\s*$")

BYTES = {"B": 1, "KiB": 1024, "MiB": 1024**2, "kB": 1000, "MB": 1000**2}
HERTZ = {"Hz": 1, "kHz": 1e3, "MHz": 1e6, "GHz": 1e9}
SECONDS = {"s": 1, "ms": 1e-3, "us": 1e-6, "µs": 1e-6}
AMPERES = {"A": 1, "mA": 1e-3, "uA": 1e-6, "µA": 1e-6}
VOLTS = {"V": 1, "mV": 1e-3}
JOULES = {"J": 1, "mJ": 1e-3, "uJ": 1e-6, "µJ": 1e-6}
WATTS = {"W": 1, "mW": 1e-3, "uW": 1e-6, "µW": 1e-6}


def parse_quantity(text: object, units: Mapping[str, float]) -> float:
    """Return `text` in the base unit of `units`. Raises ValueError, which lists the units that work.

    The number is finite and less than QUANTITY.
    """
    example = " or ".join(f"'64 {unit}'" for unit in list(units)[:3])
    shown = shorten(repr(text), SHOWN_CHARACTERS)
    if isinstance(text, bool) or not isinstance(text, str):
        raise ValueError(f"{shown} has no unit: write it as text with a unit, such as {example}")
    if len(text) > QUANTITY_CHARACTERS:
        raise ValueError(
            f"{shown} has {len(text):,} characters, a number with a unit at most {QUANTITY_CHARACTERS}"
        )
    match = _QUANTITY.match(text)
    if match is None:
        raise ValueError(f"{shown} is not a number with a unit, such as {example}")
    number, unit = match.groups()
    if unit not in units:
        raise ValueError(f"unit {unit!r} of {shown} is not one of {', '.join(units)}")
    value = float(number) * units[unit]
    if value >= QUANTITY:
        raise ValueError(f"{shown} is too much: the limit is {QUANTITY:.1e} {next(iter(units))}")
    return value


def parse_bytes(text: object) -> int:
    """Return the whole bytes of text such as '48KiB'. Raises ValueError without a unit and for a fraction of a byte."""
    value = parse_quantity(text, BYTES)
    if value != int(value):
        raise ValueError(f"{text!r} is not a whole number of bytes")
    return int(value)


def parse_hertz(text: object) -> int:
    """Return the hertz of text such as '80 MHz'. Raises ValueError without a unit."""
    return round(parse_quantity(text, HERTZ))


def parse_seconds(text: object) -> float:
    """Return the seconds of text such as '40 ms'. Raises ValueError without a unit."""
    return parse_quantity(text, SECONDS)


def format_bytes(count: int) -> str:
    """Return text such as '12.3 KiB'; less than one KiB is given in bytes."""
    if abs(count) < 1024:
        return f"{count} B"
    if round(abs(count) / 1024, 1) < 1024:
        return f"{count / 1024:.1f} KiB"
    return f"{count / 1024**2:.2f} MiB"


def format_hertz(hertz: float) -> str:
    """Return text such as '80 MHz', with six significant digits."""
    return f"{hertz / 1e6:g} MHz" if hertz >= 1e3 else f"{hertz:g} Hz"


def format_seconds(seconds: float) -> str:
    """Return text such as '3.21 ms', with three significant digits or more."""
    if round(seconds * 1e3, 2) >= 1e3:
        return f"{seconds:.2f} s"
    if round(seconds * 1e6, 1) >= 1e3:
        return f"{seconds * 1e3:.2f} ms"
    return f"{seconds * 1e6:.1f} us"


def format_joules(joules: float) -> str:
    """Return text such as '1.18 mJ', with three significant digits or more above 10 uJ."""
    return _in_steps(joules, "J")


def format_watts(watts: float) -> str:
    """Return text such as '12.40 uW', with three significant digits or more above 10 uW."""
    return _in_steps(watts, "W")


def _in_steps(value: float, unit: str) -> str:
    if round(value, 2) >= 1:
        return f"{value:.2f} {unit}"
    return f"{value * 1e3:.2f} m{unit}" if round(value * 1e3, 2) >= 1 else f"{value * 1e6:.2f} u{unit}"


def format_fraction(value: float) -> str:
    """Return text such as '0.9694'."""
    return f"{value:.4f}"


def format_number(value: float) -> str:
    """Return text such as '12.346', of a number without a unit."""
    return f"{value:.5g}"
