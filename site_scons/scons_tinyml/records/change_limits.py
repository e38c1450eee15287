"""Tolerances of a comparison: by how much a figure may be worse than in an earlier report."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import isfinite

from scons_tinyml.records.input_limits import SHOWN_CHARACTERS
from scons_tinyml.records.metric import DROP
from scons_tinyml.records.names import shorten
from scons_tinyml.records.suggest import did_you_mean
from scons_tinyml.records.units import BYTES, SECONDS, parse_quantity

_QUANTITIES: Mapping[str, Mapping[str, float]] = {"flash": BYTES, "ram": BYTES, "latency": SECONDS}
_EXAMPLES = {"flash": "1% or 256B", "ram": "1% or 256B", "latency": "2% or 1ms", "cycles": "2% or 1000"}
_OTHER_EXAMPLE = "1% or 0.005"
OF_IMAGES = ("flash", "ram", "latency", "cycles")
"""Figures that every report has; the others are metrics of the model."""
_DIGITS = 30
"""Most characters of a number."""


@dataclass(frozen=True)
class ChangeLimit:
    """Largest change for the worse: a share of the earlier figure, or an amount in the unit of the figure."""

    value: float
    is_relative: bool

    def amount(self, old: float) -> float:
        """Return the largest change in the unit of the figure that was `old`."""
        return abs(old) * self.value if self.is_relative else self.value


def parse_change(name: str, text: str) -> ChangeLimit:
    """Return the tolerance `text` of the figure `name`: '1%', '256B', '0.005', '0'. Raises ValueError."""
    given = text.strip()
    try:
        if given.endswith("%"):
            return ChangeLimit(_number(given[:-1]) / 100, is_relative=True)
        if name in _QUANTITIES and given != "0":
            return ChangeLimit(parse_quantity(given, _QUANTITIES[name]), is_relative=False)
        return ChangeLimit(_number(given), is_relative=False)
    except ValueError:
        shown = shorten(repr(text), SHOWN_CHARACTERS)
        example = _EXAMPLES.get(name, _OTHER_EXAMPLE)
        raise ValueError(f"{name}: {shown} is not a tolerance, such as {example}") from None


def unknown_figure(names: Iterable[str], metrics: Iterable[str]) -> str | None:
    """Return the problem of the first of `names` that is no figure of a model with these `metrics`; None for none."""
    known = [*OF_IMAGES, *(name for metric in metrics for name in (metric, f"{metric}{DROP}"))]
    for name in names:
        if name not in known:
            return f"there is no figure {name!r}; {did_you_mean(name, known)}"
    return None


def _number(text: str) -> float:
    if len(text) > _DIGITS:
        raise ValueError("too long")
    value = float(text)
    if not (isfinite(value) and value >= 0):
        raise ValueError("not a tolerance")
    return value
