"""Stage: assignments that no other one beats in flash, RAM and latency at once, printed and as JSON.

python -m scons_tinyml.stages explain.frontier --answer frontier.json <what the plan is made of>
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from scons_tinyml.records.frontier import Frontier as FrontierFile
from scons_tinyml.records.frontier import FrontierPoint
from scons_tinyml.records.wrapping import columns, print_wrapped
from scons_tinyml.reports.cells import Cell, Column, Table
from scons_tinyml.reports.table import text_table
from scons_tinyml.stages.explain.requests import FrontierRequest
from scons_tinyml.stages.files import write_json
from scons_tinyml.stages.plan.problem import Choice, Figures, Problem, Spending
from scons_tinyml.stages.plan.question import Question, read_question
from scons_tinyml.stages.plan.solve import solve

COLUMNS = (
    *(Column("latency", "seconds"), Column("cycles", "cycles"), Column("flash", "bytes")),
    *(Column("RAM", "bytes"), Column("kernels", "count"), Column("within budgets")),
)
MOST_POINTS = 60
"""Maximum number of points of a frontier; the search ends there."""


@dataclass(frozen=True)
class Point:
    """An assignment on the frontier with its cost."""

    choice: Choice
    figures: Figures


@dataclass(frozen=True)
class Frontier:
    """Points, the fastest first. `cut` is true where the search ended before the last one."""

    points: tuple[Point, ...]
    cut: bool


def main(request: FrontierRequest[Path]) -> None:
    """Search, write the points, print them."""
    question = read_question(request)
    found = frontier(question.problem)
    write_json(request.answer, _record(question, found).model_dump(mode="json"))
    title = f"{question.graph.name} on {question.board.name}"
    print_wrapped(f"{title}: {len(found.points)} assignments on the frontier")
    print()
    print(text_table(_table(question, found), columns(sys.stdout), "  "))
    print()
    print_wrapped("  RAM is data, bss and arena; the stack comes on top, and is seen when an image runs")
    for note in question.notes:
        print_wrapped(note, indent="  ")
    if found.cut:
        print_wrapped(f"  cut after {len(found.points)} assignments: there are more")
    print_wrapped(f"  kernels of each: {request.answer}")


def frontier(problem: Problem, most_points: int = MOST_POINTS) -> Frontier:
    """Return the frontier of `problem`.

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
    """Yield points within the RAM of `limits`, fastest first, each with less flash than the one before."""
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


def _table(question: Question, found: Frontier) -> Table:
    def row(point: Point) -> tuple[Cell, ...]:
        figures = point.figures
        return (
            *(figures.cycles / question.board.clock, figures.cycles),
            *(figures.flash_bytes, figures.ram_bytes, len(set(point.choice.values()))),
            "yes" if figures.within(question.budgets) else "no",
        )

    return Table(COLUMNS, tuple(map(row, found.points)))


def _record(question: Question, found: Frontier) -> FrontierFile:
    clock_hz = question.board.clock
    return FrontierFile(
        target=question.board.name,
        model=question.graph.name,
        clock_hz=clock_hz,
        cut=found.cut,
        points=tuple(
            FrontierPoint(
                **asdict(point.figures),
                latency_s=point.figures.cycles / clock_hz,
                within_budgets=point.figures.within(question.budgets),
                kernels=dict(point.choice),
            )
            for point in found.points
        ),
    )
