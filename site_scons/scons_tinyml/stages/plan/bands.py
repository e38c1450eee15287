"""Error bands of layers on a board, by the kinds of code that they are."""

from __future__ import annotations

from dataclasses import replace

from scons_tinyml.emulator.timing import timing_for
from scons_tinyml.emulator.timing.bands import Band, bands_for
from scons_tinyml.records.board import Board
from scons_tinyml.records.code_kind import CodeKind
from scons_tinyml.stages.graph.code_kinds import code_kind
from scons_tinyml.stages.graph.ir import Graph
from scons_tinyml.stages.plan.assign import Candidate, Candidates


def layer_band(board: Board, graph: Graph, layer: int, *, ram_constants: bool) -> tuple[CodeKind, Band]:
    """Return the kind of a layer's code on `board`, and its band.

    `ram_constants` is true for code that reads its weights from RAM wherever the board has weights, or that runs there.
    """
    in_ram = ram_constants or board.regions("weights")[0].kind == "ram"
    kind = code_kind(graph.view(graph.layers[layer]), weights_in_ram=in_ram)
    return kind, bands_for(timing_for(board.core))[kind]


def slow_factor(board: Board, graph: Graph, layer: int, *, ram_constants: bool) -> float:
    """Return the factor on the cycles of a layer for the slow end of its band, such as 1.07."""
    return 1 + layer_band(board, graph, layer, ram_constants=ram_constants)[1].high


def with_bands(board: Board, graph: Graph, candidates: Candidates) -> dict[int, tuple[Candidate, ...]]:
    """Return `candidates` with the factors for the slow ends of their bands."""
    return {
        layer: tuple(
            replace(one, slow=slow_factor(board, graph, layer, ram_constants=one.ram_constants))
            for one in found
        )
        for layer, found in candidates.items()
    }
