"""What is to be chosen, from the files that say it: the plan and every command that explains it ask the same."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import cast

from scons_tinyml.records.board import Board, read_board
from scons_tinyml.records.limits import limits_in_force, values
from scons_tinyml.records.report import capacity_note
from scons_tinyml.stages.graph.files import read_graph
from scons_tinyml.stages.graph.ir import Graph
from scons_tinyml.stages.plan.assign import Candidate, Candidates, options
from scons_tinyml.stages.plan.evidence import in_one_class
from scons_tinyml.stages.plan.footprint import read_footprint
from scons_tinyml.stages.plan.measurements import read_measurements
from scons_tinyml.stages.plan.problem import ORDER, Objective, Problem, Spending
from scons_tinyml.stages.plan.room import spending


@dataclass(frozen=True)
class Question:
    """The problem with what it was made of."""

    board: Board
    graph: Graph
    candidates: Candidates
    problem: Problem
    budgets: Spending
    objective: Objective
    notes: tuple[str, ...] = ()
    """Budgets that are not in force, as the board has less."""


def add_question(parser: ArgumentParser) -> None:
    """The options that `read_question` reads."""
    for name in ("graph", "constants", "measurements", "footprint", "board"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument("--kernels", required=True, help="kernel sets to choose from, with commas between")
    parser.add_argument("--optimize", choices=tuple(ORDER), required=True)
    parser.add_argument("--model", type=Path, help="model.toml, for its budgets")
    parser.add_argument("--limits", default="", help="budgets of the command line")


def read_question(given: Namespace) -> Question:
    """Everything that the choice depends on. Raises RecordError, InputError, ModelFileError, UnsupportedError."""
    board = read_board(given.board)
    graph = read_graph(given.graph, given.constants)
    measured = read_measurements(given.measurements)
    allowed = only_from(given.kernels.split(","), measured)
    footprint = read_footprint(given.footprint)
    limits = limits_in_force(board, given.model, given.limits)
    return Question(
        board=board,
        graph=graph,
        candidates=allowed,
        problem=Problem(graph, options(graph, allowed), footprint),
        budgets=spending(board, values(limits), footprint.most_ram_bytes),
        objective=cast(Objective, given.optimize),
        notes=tuple(
            capacity_note(name, one.asked.value, one.asked.source, one.source)
            for name, one in limits.items()
            if one.asked
        ),
    )


def only_from(sets: Sequence[str], measured: Candidates) -> dict[int, tuple[Candidate, ...]]:
    """`measured` in one class of evidence; against kernels of other sets than `sets` speaks that they are."""
    reason = f"is not in kernels={','.join(sets)}"
    allowed = {
        layer: tuple(
            found if found.kernel.partition("/")[0] in sets else replace(found, reason=found.reason or reason)
            for found in candidates
        )
        for layer, candidates in measured.items()
    }
    return in_one_class(allowed)
