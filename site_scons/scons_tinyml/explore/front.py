"""Points that no other one beats in all figures at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

Point = TypeVar("Point")
Figures = tuple[float, ...]
"""Figures of a point; smaller ones are better."""


def beats(one: Figures, other: Figures) -> bool:
    """Return whether `one` is nowhere worse than `other`, and somewhere better."""
    return all(a <= b for a, b in zip(one, other, strict=True)) and one != other


def front(points: Sequence[Point], figures: Callable[[Point], Figures]) -> list[Point]:
    """Return the points that no other one beats, in their order; of equal ones the first."""
    known = [figures(point) for point in points]
    return [
        point
        for number, (point, own) in enumerate(zip(points, known, strict=True))
        if not any(beats(other, own) for other in known) and own not in known[:number]
    ]


def thinned(points: Sequence[Point], figures: Callable[[Point], Figures], most: int) -> list[Point]:
    """Return at most `most` of `points`, which lie far from each other: the best of each figure first.

    Distances are shares of the range of each figure.
    """
    if len(points) <= most:
        return list(points)
    scaled = _scaled([figures(point) for point in points])
    chosen = list(dict.fromkeys(_best(scaled)))[:most]
    while len(chosen) < most:
        chosen.append(_farthest(scaled, chosen))
    return [points[at] for at in sorted(chosen)]


def _best(scaled: Sequence[Figures]) -> list[int]:
    """Return the numbers of the points that are best in each figure."""
    return [
        min(range(len(scaled)), key=[one[of] for one in scaled].__getitem__) for of in range(len(scaled[0]))
    ]


def _farthest(scaled: Sequence[Figures], chosen: Sequence[int]) -> int:
    """Return the number of the point that is farthest from all of `chosen`."""
    apart = [min(_distance(one, scaled[other]) for other in chosen) for one in scaled]
    return max(range(len(scaled)), key=apart.__getitem__)


def _scaled(values: Sequence[Figures]) -> list[Figures]:
    lows, highs = (tuple(map(of, zip(*values, strict=True))) for of in (min, max))
    return [
        tuple((value - low) / ((high - low) or 1) for value, low, high in zip(one, lows, highs, strict=True))
        for one in values
    ]


def _distance(one: Figures, other: Figures) -> float:
    return sum((a - b) ** 2 for a, b in zip(one, other, strict=True))
