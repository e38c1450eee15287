"""Assignments that no other one beats in flash, RAM and latency at once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from scons_tinyml.stages.plan.problem import Choice, Figures, Problem, Spending
from scons_tinyml.stages.plan.solve import solve

MOST_POINTS = 60
"""Most points of a frontier; the search ends there."""


@dataclass(frozen=True)
class Point:
    """An assignment on the frontier, and what it costs."""

    choice: Choice
    figures: Figures


@dataclass(frozen=True)
class Frontier:
    """Points, the fastest first. `cut` is true where the search ended before the last one."""

    points: tuple[Point, ...]
    cut: bool


def frontier(problem: Problem, most_points: int = MOST_POINTS) -> Frontier:
    """The frontier of `problem`.

    Epsilon-constraint method (Haimes, Lasdon and Wismer, 1971). It solves for the fastest assignment, then for the
    fastest with less flash, until there is none. It repeats this with less RAM than any point of the round before.
    """
    found: dict[tuple[int, int, int], Point] = {}
    for point in _points(problem):
        figures = point.figures
        found.setdefault((figures.cycles, figures.flash_bytes, figures.ram_bytes), point)
        if len(found) > most_points:
            break
    best = [point for point in found.values() if not any(_beats(other, point) for other in found.values())]
    ordered = sorted(best, key=lambda point: (point.figures.cycles, point.figures.flash_bytes))
    return Frontier(tuple(ordered[:most_points]), len(found) > most_points)


def _points(problem: Problem) -> Iterator[Point]:
    limits = Spending()
    while True:
        level = list(_level(problem, limits))
        yield from level
        if not level:
            return
        limits = Spending(ram_bytes=max(point.figures.ram_bytes for point in level) - 1)


def _level(problem: Problem, limits: Spending) -> Iterator[Point]:
    """Points within the RAM of `limits`, the fastest first, each with less flash than the one before."""
    while (choice := solve(problem, limits, ("cycles", "flash_bytes", "ram_bytes"))) is not None:
        figures = problem.figures(choice)
        yield Point(choice, figures)
        limits = replace(limits, flash_bytes=figures.flash_bytes - 1)


def _beats(one: Point, other: Point) -> bool:
    pairs = [
        (getattr(one.figures, name), getattr(other.figures, name))
        for name in ("cycles", "flash_bytes", "ram_bytes")
    ]
    return all(a <= b for a, b in pairs) and any(a < b for a, b in pairs)
