"""Stages that answer questions about the choice of kernels; each prints its answer and writes it as JSON.

python -m scons_tinyml.stages explain frontier --answer frontier.json <what the plan is made of>
python -m scons_tinyml.stages explain why --layer 3 --answer why.json <what the plan is made of>
"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from scons_tinyml.records.errors import InputError
from scons_tinyml.reports.cells import Cell, Column, Table
from scons_tinyml.reports.table import text_table
from scons_tinyml.reports.visible import visible
from scons_tinyml.stages.explain.frontier import Frontier, Point, frontier
from scons_tinyml.stages.explain.why import lines, why
from scons_tinyml.stages.files import write_json
from scons_tinyml.stages.plan.question import Question, add_question, read_question

COLUMNS = (
    *(Column("latency", "seconds"), Column("cycles", "cycles"), Column("flash", "bytes")),
    *(Column("RAM", "bytes"), Column("kernels", "count"), Column("within budgets")),
)


def main(arguments: Sequence[str]) -> None:
    """Answer one of the questions."""
    parser = ArgumentParser(prog="scons_tinyml.stages explain", description="Explain the choice of kernels.")
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
    title = f"{question.graph.name} on {question.board.name}"
    print(visible(f"{title}: {len(found.points)} assignments on the frontier") + "\n")
    print(text_table(_table(question, found), "  "))
    print("\n  RAM is data, bss and arena; the stack comes on top, and is seen when an image runs")
    for note in question.notes:
        print(f"  {visible(note)}")
    if found.cut:
        print(f"  cut after {len(found.points)} assignments: there are more")
    print(f"  kernels of each: {options.answer}")


def _table(question: Question, found: Frontier) -> Table:
    def row(point: Point) -> tuple[Cell, ...]:
        figures = point.figures
        return (
            *(figures.cycles / question.board.clock, figures.cycles),
            *(figures.flash_bytes, figures.ram_bytes, len(set(point.choice.values()))),
            "yes" if figures.within(question.budgets) else "no",
        )

    return Table(COLUMNS, tuple(map(row, found.points)))


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
    print("\n".join(map(visible, (*lines(answer, question.board.clock), *notes))))
