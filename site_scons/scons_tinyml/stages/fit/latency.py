"""Latency of a network without an image: the sum of its layers' rows, as far as they were measured."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from scons_tinyml.costs.database import CostDatabase
from scons_tinyml.costs.packs.seeds import load_seeds
from scons_tinyml.emulator.timing import timing_for
from scons_tinyml.records.board import Board
from scons_tinyml.stages.firmware.toolchain import find_toolchain
from scons_tinyml.stages.fit.request import FitRequest
from scons_tinyml.stages.graph.ir import Graph
from scons_tinyml.stages.lowering.sources import KernelSources, external_folders
from scons_tinyml.stages.measure.known import known_rows


@dataclass(frozen=True)
class Sum:
    """Cycles of the fastest rows of those layers that have one."""

    cycles: int
    measured: int
    layers: int
    """Number of layers that run code."""
    seconds: float
    slow_seconds: float
    """Seconds at the slow end of the error band of the core."""


def latency_of(graph: Graph, board: Board, request: FitRequest[Path]) -> Sum:
    """Return the latency of `graph` from the database and the kernels' seeds; measures nothing."""
    best = _fastest(graph, board, request)
    cycles = sum(found for found in best.values() if found is not None)
    seconds = cycles / board.clock
    measured = sum(found is not None for found in best.values())
    return Sum(cycles, measured, len(best), seconds, seconds * (1 + timing_for(board.core).band.high))


def _fastest(graph: Graph, board: Board, request: FitRequest[Path]) -> Mapping[int, int | None]:
    """Return the least cycles by layer, None where no kernel of the allowed sets has a row."""
    sources = KernelSources.read(request.kernels, external_folders(request.external)).only(request.sets)
    with CostDatabase.open(request.costs) as database:
        load_seeds(database, sources.folders)
        known = known_rows(database, board, graph, sources, find_toolchain(request.compiler))
    return {
        layer: min((found.row.cycles for found in some if found.row is not None), default=None)
        for layer, some in known.items()
    }
