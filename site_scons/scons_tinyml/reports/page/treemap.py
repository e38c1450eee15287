"""Treemaps: areas as large as their values, nearly square."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Place:
    """A rectangle; all of it is 1 wide and 1 high."""

    x: float
    y: float
    width: float
    height: float


_LEAST = 1e-9
"""Length and area below which values have no place of their own."""


def places(values: Sequence[float], into: Place, aspect: float) -> list[Place]:
    """Return a place in `into` for each of `values`, which fall and are above 0, with areas in their proportion.

    `aspect` is width to height of the whole picture as it is seen. Squarified treemaps (Bruls, Huizing and van Wijk,
    2000): a strip along the shorter side takes further values as long as its worst place gets more square.
    """
    found: list[Place] = []
    left, rest, whole = into, list(values), sum(values)
    while rest:
        is_column = left.width * aspect >= left.height
        side = left.height if is_column else left.width * aspect
        area = left.width * aspect * left.height
        if min(side, area) < _LEAST:
            return found + [Place(left.x, left.y, 0, 0)] * len(rest)
        count = _strip(rest, side, area / whole)
        strip = sum(rest[:count])
        found += _along(rest[:count], left, strip / whole, is_column)
        left = _without(left, strip / whole, is_column)
        rest, whole = rest[count:], whole - strip
    return found


def _strip(values: Sequence[float], side: float, scale: float) -> int:
    """Return how many of `values` make the strip along `side` whose worst place is the most square."""
    best, worst, strip = 1, float("inf"), 0.0
    for count, value in enumerate(values, 1):
        strip += value
        depth = strip * scale / side
        ratios = [value * scale / depth / depth for value in (values[0], value)]
        now = max(max(ratio, 1 / ratio) for ratio in ratios)
        if now > worst:
            return best
        best, worst = count, now
    return best


def _along(values: Sequence[float], left: Place, part: float, is_column: bool) -> Iterator[Place]:
    strip, at = sum(values), 0.0
    for value in values:
        if is_column:
            height = left.height * value / strip
            yield Place(left.x, left.y + at, left.width * part, height)
            at += height
        else:
            width = left.width * value / strip
            yield Place(left.x + at, left.y, width, left.height * part)
            at += width


def _without(left: Place, part: float, is_column: bool) -> Place:
    if is_column:
        width = left.width * part
        return Place(left.x + width, left.y, left.width - width, left.height)
    height = left.height * part
    return Place(left.x, left.y + height, left.width, left.height - height)
