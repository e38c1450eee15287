"""Variants of implementations, such as weights in RAM: their error band differs, so cycles alone do not decide."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import inf

from scons_tinyml.records.board import Board
from scons_tinyml.stages.graph.ir import Graph
from scons_tinyml.stages.lowering.implementation import Implementation
from scons_tinyml.stages.plan.bands import layer_band


def slower_variants(
    board: Board, graph: Graph, layer: int, items: Iterable[Implementation], cycles: Mapping[str, int]
) -> dict[str, str]:
    """Return reasons against variants that are no faster than their base at the slow end of their bands, by name.

    `cycles` are those of the measured `items` of the layer, by name.
    """
    measured = [item for item in items if item.name in cycles]
    slow = {
        item.name: cycles[item.name]
        * (1 + layer_band(board, graph, layer, ram_constants=item.depends_on_ram)[1].high)
        for item in measured
    }
    return {
        item.name: f"{slow[item.name]:,.0f} cycles at the slow end of its error band, "
        f"{item.base} {slow[item.base]:,.0f}"
        for item in measured
        if item.variant_of and slow[item.name] >= slow.get(item.base, inf)
    }
