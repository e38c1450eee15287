"""Error bands of layers on a board, by the kinds of code that they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from scons_tinyml.emulator.timing import timing_for
from scons_tinyml.emulator.timing.bands import Band, bands_for, ends
from scons_tinyml.records.board import Board
from scons_tinyml.records.code_kind import CodeKind
from scons_tinyml.stages.graph.code_kinds import code_kind
from scons_tinyml.stages.graph.ir import Graph
from scons_tinyml.stages.plan.problem import Option, fastest


def layer_band(board: Board, graph: Graph, layer: int, *, ram_constants: bool) -> tuple[CodeKind, Band]:
    """Return the kind of a layer's code on `board`, and its band.

    `ram_constants` is true for code that reads its weights from RAM wherever the board has weights.
    """
    in_ram = ram_constants or board.regions("weights")[0].kind == "ram"
    kind = code_kind(graph.view(graph.layers[layer]), weights_in_ram=in_ram)
    return kind, bands_for(timing_for(board.core))[kind]


def slow_factor(board: Board, graph: Graph, options: Mapping[int, Sequence[Option]]) -> float:
    """Return the factor on the cycles of a network for the slow end of its band, such as 1.07.

    Layers count by the cycles of their fastest options. Layers without any do not count.
    """
    taken = {layer: fastest(found) for layer, found in options.items() if found}
    parts = [
        (layer_band(board, graph, layer, ram_constants=one.ram_constants)[1], one.cycles)
        for layer, one in taken.items()
    ]
    return 1 + ends(parts)[1] if parts else 1.0
