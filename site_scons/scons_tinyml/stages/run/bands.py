"""Error band of a network: those of its layers, each with the weight of its cycles."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from scons_tinyml.emulator.timing import timing_for
from scons_tinyml.emulator.timing.bands import Band, bands_for, ends
from scons_tinyml.records.board import Board
from scons_tinyml.records.code_kind import CodeKind
from scons_tinyml.stages.graph.ir import Graph
from scons_tinyml.stages.plan.bands import layer_band
from scons_tinyml.stages.plan.record import Plan
from scons_tinyml.stages.run.record import LayerBand


@dataclass(frozen=True)
class NetworkBand:
    """Factors on the cycles of a network for both ends of its band, with what they come from."""

    low: float
    high: float
    basis: str
    layers: tuple[LayerBand, ...]


def network_band(board: Board, graph: Graph, plan: Plan) -> NetworkBand:
    """Return the band of a network with the kernels of `plan`."""
    parts = [
        (layer.index, *layer_band(board, graph, layer.index, ram_constants=layer.ram_constants), cycles)
        for layer, cycles in ((layer, layer.cycles_in_emulator) for layer in plan.layers)
        if layer.kernel is not None
    ]
    found = [(kind, band, cycles) for _, kind, band, cycles in parts] or [_without_layers(board)]
    low, high = ends((band, cycles) for _, band, cycles in found)
    layers = tuple(
        LayerBand(index, kind.value, 1 + band.low, 1 + band.high, band.comparisons)
        for index, kind, band, _ in parts
    )
    return NetworkBand(1 + low, 1 + high, _basis(found), layers)


def _without_layers(board: Board) -> tuple[CodeKind, Band, int]:
    """Return the part of a network whose layers have no code: what is left is integer code."""
    kind = CodeKind.INTEGER
    return kind, bands_for(timing_for(board.core))[kind], 0


def _basis(found: Sequence[tuple[CodeKind, Band, int]]) -> str:
    """Return the kinds with what their bands rest on, those with most cycles first."""
    total = sum(cycles for _, _, cycles in found)
    bands = {kind: band for kind, band, _ in found}
    spent = {kind: sum(cycles for one, _, cycles in found if one is kind) for kind in bands}
    return "; ".join(
        f"{_share(spent[kind], total)}{kind.value}: {bands[kind].basis}"
        for kind in sorted(bands, key=lambda kind: -spent[kind])
    )


def _share(cycles: int, total: int) -> str:
    return f"{100 * cycles / total:.1f} % " if 0 < cycles < total else ""
