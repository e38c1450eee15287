"""Stage: check, before compiling, if the memory of a board can hold a network at all.

python -m scons_tinyml.stages fit --graph G.json --constants G.bin --board B.toml --fit fit.json --sets SET
...
    --kernels FOLDER --costs DATABASE --compiler CC --boards FOLDER ... --subject "model=NAME"
    [--external SET=FOLDER,...]

The check compares needs that no choice of kernels changes with the size of the board's regions. Budgets below
that are judged on the image, where the report can name remedies.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from scons_tinyml.records.board import Board, read_board
from scons_tinyml.records.errors import BudgetExceeded, TinymlError
from scons_tinyml.resources import find_in
from scons_tinyml.stages.files import write_json
from scons_tinyml.stages.fit.int8_version import as_int8, is_float
from scons_tinyml.stages.fit.needs import ACTIVATIONS, Misfit, Needs, misfits, needs_of
from scons_tinyml.stages.fit.request import FitRequest
from scons_tinyml.stages.fit.wording import Refusal, lines, to_json
from scons_tinyml.stages.graph.files import read_graph
from scons_tinyml.stages.graph.ir import Graph
from scons_tinyml.stages.plan.patches import remedy


def main(request: FitRequest[Path]) -> None:
    """Write fit.json in any case. Raises BudgetExceeded for a network that does not fit."""
    board, graph = read_board(request.board), read_graph(request.graph, request.constants)
    needs = needs_of(graph)
    wrong = misfits(needs, board)
    refusal = _refusal(graph, board, needs, wrong, request) if wrong else None
    write_json(request.fit, to_json(graph.name, board.name, needs, refusal))
    if refusal:
        details = "".join(f"\n  {line}" for line in lines(refusal))
        raise BudgetExceeded(
            f"{graph.name} has no room on {board.name}; nothing was compiled for it{details}",
            hint=f"report: {request.fit}",
        )


def _refusal(
    graph: Graph, board: Board, needs: Needs, wrong: tuple[Misfit, ...], request: FitRequest[Path]
) -> Refusal:
    from scons_tinyml.stages.fit.latency import latency_of  # imports a database, needed only here

    int8 = as_int8(needs, graph) if is_float(graph) else None
    return Refusal(
        model=graph.name,
        target=board.name,
        needs=needs,
        int8=int8,
        int8_misfits=misfits(int8, board) if int8 else (),
        misfits=wrong,
        latency=latency_of(graph, board, request),
        measure=f"scons measure target={board.name} {request.subject} placements=default",
        larger_boards=_larger(needs, board, request.boards),
        patches=_patches(graph, wrong),
    )


def _patches(graph: Graph, wrong: Sequence[Misfit]) -> str | None:
    found = next((misfit for misfit in wrong if misfit.what == ACTIVATIONS), None)
    return remedy(graph, found.needed_bytes, found.region_bytes) if found else None


def _larger(needs: Needs, here: Board, folders: Sequence[Path]) -> tuple[str, ...]:
    """Return boards other than `here` with memory for `needs`, without boards whose file is invalid."""
    found = []
    for path in find_in("boards", folders).values():
        try:
            board = read_board(path)
        except TinymlError:
            continue
        if board.name != here.name and not misfits(needs, board):
            found.append((board.flash_capacity_bytes + board.ram_capacity_bytes, board.name))
    return tuple(name for _, name in sorted(found))
