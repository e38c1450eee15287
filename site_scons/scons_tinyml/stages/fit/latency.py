"""Latency of a network without an image: the sum of its layers' rows, as far as they were measured."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from scons_tinyml.costs.database import CostDatabase
from scons_tinyml.costs.packs.seeds import load_seeds
from scons_tinyml.records.board import Board
from scons_tinyml.stages.firmware.toolchain import find_toolchain
from scons_tinyml.stages.fit.request import FitRequest
from scons_tinyml.stages.graph.ir import Graph
from scons_tinyml.stages.lowering.sources import KernelSources, external_folders
from scons_tinyml.stages.measure.known import known_rows
from scons_tinyml.stages.plan.bands import slow_factor
from scons_tinyml.stages.plan.problem import Option, fastest


@dataclass(frozen=True)
class Sum:
    """Cycles of the fastest rows of those layers that have one."""

    cycles: int
    measured: int
    layers: int
    """Number of layers that run code."""
    seconds: float
    slow_seconds: float
    """Seconds at the slow end of the error bands of these layers."""


def latency_of(graph: Graph, board: Board, request: FitRequest[Path]) -> Sum:
    """Return the latency of `graph` from the database and the kernels' seeds; measures nothing."""
    best = _measured(graph, board, request)
    taken = [fastest(found) for found in best.values() if found]
    cycles = sum(one.cycles for one in taken)
    slow_seconds = sum(one.slow_cycles for one in taken) / board.clock
    return Sum(cycles, len(taken), len(best), cycles / board.clock, slow_seconds)


def _measured(graph: Graph, board: Board, request: FitRequest[Path]) -> dict[int, tuple[Option, ...]]:
    """Return kernels of the allowed sets that have a row, by layer."""
    sources = KernelSources.read(request.kernels, external_folders(request.external)).only(request.sets)
    with CostDatabase.open(request.costs) as database:
        load_seeds(database, sources.folders)
        known = known_rows(database, board, graph, sources, find_toolchain(request.compiler))
    return {
        layer: tuple(
            Option(
                item.name,
                row.cycles,
                item.scratch_bytes,
                item.in_place,
                slow_factor(board, graph, layer, ram_constants=item.depends_on_ram),
            )
            for item, row in ((found.item, found.row) for found in some)
            if row is not None
        )
        for layer, some in known.items()
    }
