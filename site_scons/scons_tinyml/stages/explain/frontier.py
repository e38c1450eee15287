"""Stage: assignments that no other one beats in flash, RAM and latency at once, printed and as JSON.

python -m scons_tinyml.stages explain.frontier --answer frontier.json <what plans of variants are made of>
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from scons_tinyml.records.frontier import Frontier as FrontierFile
from scons_tinyml.records.frontier import FrontierPoint
from scons_tinyml.records.wrapping import columns, print_wrapped
from scons_tinyml.reports.cells import Cell, Column, Table
from scons_tinyml.reports.table import text_table
from scons_tinyml.stages.explain.requests import FrontierRequest
from scons_tinyml.stages.files import write_json
from scons_tinyml.stages.graph.patches.regions import patched_layers
from scons_tinyml.stages.plan.problem import Choice, Figures, Problem, Spending
from scons_tinyml.stages.plan.question import Question, read_variants
from scons_tinyml.stages.plan.solve import solve

COLUMNS = (
    *(Column("latency", "seconds"), Column("cycles", "cycles"), Column("flash", "bytes")),
    *(Column("RAM", "bytes"), Column("kernels", "count"), Column("within budgets")),
)
PATCHED = Column("in patches", "count")
"""Number of layers that run patch by patch; only where variants of the network have such layers."""
MOST_POINTS = 60
"""Maximum number of points of a frontier; the search ends there."""


@dataclass(frozen=True)
class Point:
    """An assignment on the frontier with its cost, and the position of the variant of the network that it is for."""

    choice: Choice
    figures: Figures
    variant: int = 0


@dataclass(frozen=True)
class Frontier:
    """Points, the fastest first. `cut` is true where the search ended before the last one."""

    points: tuple[Point, ...]
    cut: bool


def main(request: FrontierRequest[Path]) -> None:
    """Search, write the points, print them."""
    questions = read_variants(request)
    question = questions[0]
    found = frontier([one.problem for one in questions])
    write_json(request.answer, _record(questions, found).model_dump(mode="json"))
    title = f"{question.graph.name} on {question.board.name}"
    print_wrapped(f"{title}: {len(found.points)} assignments on the frontier")
    print()
    print(text_table(_table(questions, found), columns(sys.stdout), "  "))
    print()
    print_wrapped("  RAM is data, bss and arena; the stack comes on top, and is seen when an image runs")
    for note in question.notes:
        print_wrapped(note, indent="  ")
    if found.cut:
        print_wrapped(f"  cut after {len(found.points)} assignments: there are more")
    print_wrapped(f"  kernels of each: {request.answer}")


def frontier(problems: Sequence[Problem], most_points: int = MOST_POINTS) -> Frontier:
    """Return the frontier of `problems`, variants of one network, which share `most_points`.

    Epsilon-constraint method (Haimes, Lasdon and Wismer, 1971). It solves for the fastest assignment, then for the
    fastest with less flash, until there is none. It repeats this with less RAM than any point of the round before.
    """
    found: dict[tuple[int, int, int], Point] = {}
    cut = False
    each = -(-most_points // len(problems))
    for variant, problem in enumerate(problems):
        of_variant = _distinct(problem, each)
        cut = cut or len(of_variant) > each
        for key, point in of_variant.items():
            found.setdefault(key, replace(point, variant=variant))
    best = [point for point in found.values() if not any(_beats(other, point) for other in found.values())]
    ordered = sorted(best, key=lambda point: (point.figures.cycles, point.figures.flash_bytes))
    return Frontier(tuple(ordered[:most_points]), cut or len(ordered) > most_points)


def _distinct(problem: Problem, most_points: int) -> dict[tuple[int, int, int], Point]:
    """Return points with different figures by these, one more than `most_points` if there are more."""
    found: dict[tuple[int, int, int], Point] = {}
    for point in _points(problem):
        figures = point.figures
        found.setdefault((figures.cycles, figures.flash_bytes, figures.ram_bytes), point)
        if len(found) > most_points:
            break
    return found


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


def _table(questions: Sequence[Question], found: Frontier) -> Table:
    patched = [len(patched_layers(question.graph)) for question in questions]

    def row(point: Point) -> tuple[Cell, ...]:
        figures, question = point.figures, questions[point.variant]
        return (
            *(figures.cycles / question.board.clock, figures.cycles),
            *(figures.flash_bytes, figures.ram_bytes, len(set(point.choice.values()))),
            *([patched[point.variant]] if any(patched) else []),
            "yes" if figures.within(question.budgets) else "no",
        )

    columns = (*COLUMNS[:-1], *([PATCHED] if any(patched) else []), COLUMNS[-1])
    return Table(columns, tuple(map(row, found.points)))


def _record(questions: Sequence[Question], found: Frontier) -> FrontierFile:
    first = questions[0]
    clock_hz = first.board.clock
    return FrontierFile(
        target=first.board.name,
        model=first.graph.name,
        clock_hz=clock_hz,
        cut=found.cut,
        points=tuple(
            FrontierPoint(
                **asdict(point.figures),
                latency_s=point.figures.cycles / clock_hz,
                within_budgets=point.figures.within(questions[point.variant].budgets),
                kernels=dict(point.choice),
                layers_in_patches=patched_layers(questions[point.variant].graph),
            )
            for point in found.points
        ),
    )
