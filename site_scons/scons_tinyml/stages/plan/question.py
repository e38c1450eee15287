"""The choice to make, read from files. The plan and all commands that explain it use the same one."""

from __future__ import annotations

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
from scons_tinyml.stages.plan.bands import with_bands
from scons_tinyml.stages.plan.evidence import in_one_class
from scons_tinyml.stages.plan.footprint import read_footprint
from scons_tinyml.stages.plan.measurements import read_measurements
from scons_tinyml.stages.plan.problem import Objective, Problem, Spending
from scons_tinyml.stages.plan.request import QuestionRequest, VariantsRequest
from scons_tinyml.stages.plan.room import spending


@dataclass(frozen=True)
class Question:
    """The problem with its inputs."""

    board: Board
    graph: Graph
    candidates: Candidates
    problem: Problem
    budgets: Spending
    objective: Objective
    notes: tuple[str, ...] = ()
    """Notes on budgets that are replaced by smaller capacities of the board."""


def read_question(request: QuestionRequest[Path]) -> Question:
    """Read everything that the choice depends on.

    Raises RecordError, InputError, ModelFileError, UnsupportedError.
    """
    board = read_board(request.board)
    graph = read_graph(request.graph, request.constants)
    measured = read_measurements(request.measurements)
    allowed = with_bands(board, graph, only_from(request.kernels, measured))
    footprint = read_footprint(request.footprint)
    limits = limits_in_force(board, request.model, request.limits)
    found = options(graph, allowed)
    return Question(
        board=board,
        graph=graph,
        candidates=allowed,
        problem=Problem(graph, found, footprint),
        budgets=spending(board, values(limits), footprint.ram_bytes, board.clock),
        objective=cast(Objective, request.optimize),
        notes=tuple(
            capacity_note(name, one.asked.value, one.asked.source, one.source)
            for name, one in limits.items()
            if one.asked
        ),
    )


def read_variants(request: VariantsRequest[Path]) -> tuple[Question, ...]:
    """Read the question of each variant of a network. Raises like `read_question`."""
    files = zip(request.graphs, request.constants, request.measurements, request.footprints, strict=True)
    return tuple(
        read_question(
            QuestionRequest(
                graph=graph,
                constants=constants,
                measurements=measurements,
                footprint=footprint,
                board=request.board,
                kernels=request.kernels,
                optimize=request.optimize,
                model=request.model,
                limits=request.limits,
            )
        )
        for graph, constants, measurements, footprint in files
    )


def only_from(sets: Sequence[str], measured: Candidates) -> dict[int, tuple[Candidate, ...]]:
    """Return `measured` in one class of evidence; other sets than `sets` are a reason against a kernel."""
    reason = f"is not in kernels={','.join(sets)}"
    allowed = {
        layer: tuple(
            found if found.kernel.partition("/")[0] in sets else replace(found, reason=found.reason or reason)
            for found in candidates
        )
        for layer, candidates in measured.items()
    }
    return in_one_class(allowed)
