"""Stages that answer questions about the choice of kernels; each prints its answer and writes it as JSON.

python -m scons_tinyml.stages.explain frontier --answer frontier.json <what the plan is made of>
python -m scons_tinyml.stages.explain why --layer 3 --answer why.json <what the plan is made of>
"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from scons_tinyml.records.errors import InputError
from scons_tinyml.records.units import format_bytes, format_seconds
from scons_tinyml.reports.content import Table
from scons_tinyml.reports.table import plain_table
from scons_tinyml.stages.command import run
from scons_tinyml.stages.explain.frontier import Frontier, Point, frontier
from scons_tinyml.stages.explain.why import lines, why
from scons_tinyml.stages.files import write_json
from scons_tinyml.stages.plan.question import Question, add_question, read_question


def main(arguments: Sequence[str]) -> None:
    """Answer one of the questions."""
    parser = ArgumentParser(prog="scons_tinyml.stages.explain", description="Explain the choice of kernels.")
    questions = parser.add_subparsers(required=True)
    for name, answer in (("frontier", _frontier), ("why", _why)):
        question = questions.add_parser(name)
        add_question(question)
        question.add_argument("--answer", type=Path, required=True, help="JSON file to write")
        question.set_defaults(question=answer)
    questions.choices["why"].add_argument("--layer", required=True)
    options = parser.parse_args(arguments)
    options.question(read_question(options), options)


def _frontier(question: Question, options: Namespace) -> None:
    found = frontier(question.problem)
    write_json(options.answer, _frontier_json(question, found))
    print(
        f"{question.graph.name} on {question.board.name}: {len(found.points)} assignments on the frontier\n"
    )
    print(plain_table(_table(question, found)))
    print("\n  RAM is data, bss and arena; the stack comes on top, and is seen when an image runs")
    for note in question.notes:
        print(f"  {note}")
    if found.cut:
        print(f"  cut after {len(found.points)} assignments: there are more")
    print(f"  kernels of each: {options.answer}")


def _table(question: Question, found: Frontier) -> Table:
    def row(point: Point) -> tuple[str, ...]:
        figures = point.figures
        return (
            format_seconds(figures.cycles / question.board.clock),
            f"{figures.cycles:,}",
            format_bytes(figures.flash_bytes),
            format_bytes(figures.ram_bytes),
            str(len(set(point.choice.values()))),
            "yes" if figures.within(question.budgets) else "no",
        )

    return Table(
        ("latency", "cycles", "flash", "RAM", "kernels", "within budgets"),
        tuple(row(point) for point in found.points),
        frozenset(range(5)),
    )


def _frontier_json(question: Question, found: Frontier) -> dict[str, Any]:
    return {
        "schema_version": 1,
        "target": question.board.name,
        "model": question.graph.name,
        "clock_hz": question.board.clock,
        "cut": found.cut,
        "points": [
            {
                **asdict(point.figures),
                "latency_s": point.figures.cycles / question.board.clock,
                "within_budgets": point.figures.within(question.budgets),
                "kernels": {str(layer): kernel for layer, kernel in point.choice.items()},
            }
            for point in found.points
        ],
    }


def _why(question: Question, options: Namespace) -> None:
    if not options.layer.isdecimal():
        raise InputError(f"'{options.layer}' is not the number of a layer", where="command line", key="layer")
    answer = why(question, int(options.layer))
    write_json(options.answer, {"schema_version": 1, "clock_hz": question.board.clock, **answer.to_json()})
    notes = (f"  {note}" for note in question.notes)
    print("\n".join((*lines(answer, question.board.clock), *notes)))


if __name__ == "__main__":
    run(main)
