"""Known rows of a network on a board, found without measuring or compiling."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from scons_tinyml.costs.database import CostDatabase
from scons_tinyml.costs.key import CostKey
from scons_tinyml.costs.rows import CostRow
from scons_tinyml.records.board import Board
from scons_tinyml.stages.firmware.toolchain import Toolchain
from scons_tinyml.stages.graph.ir import Graph
from scons_tinyml.stages.lowering.core import Core
from scons_tinyml.stages.lowering.implementation import Implementation, implementations
from scons_tinyml.stages.lowering.lower import lower
from scons_tinyml.stages.lowering.sources import KernelSources
from scons_tinyml.stages.measure.identity import Identity
from scons_tinyml.stages.measure.variants import slower_variants


@dataclass(frozen=True)
class KnownRow:
    """An implementation of a layer with its row, None when it was not measured."""

    item: Implementation
    row: CostRow | None


def known_rows(
    database: CostDatabase, board: Board, graph: Graph, sources: KernelSources, toolchain: Toolchain
) -> dict[int, tuple[KnownRow, ...]]:
    """Return rows of all implementations in `sources` by layer, without variants that a build would not choose.

    A layer that nothing can run has none.

    The rows' objects are not present, so their digests are not compared. Raises RecordError.
    """
    keyed = {
        layer: tuple(found)
        for layer, found in _keyed(Identity(board, toolchain, sources, oracle=""), board, graph, sources)
    }
    rows = database.find(key for found in keyed.values() for _, key in found)
    return {
        layer: _without_slow_variants(
            board, graph, layer, [KnownRow(item, rows.get(key.digest)) for item, key in found]
        )
        for layer, found in keyed.items()
    }


def _without_slow_variants(
    board: Board, graph: Graph, layer: int, known: Sequence[KnownRow]
) -> tuple[KnownRow, ...]:
    """Return `known` without variants that a build would not choose: not measured, or slower in the worst case."""
    cycles = {one.item.name: one.row.cycles for one in known if one.row is not None}
    slower = slower_variants(board, graph, layer, [one.item for one in known], cycles)
    return tuple(
        one
        for one in known
        if not one.item.variant_of or (one.item.name in cycles and one.item.name not in slower)
    )


def _keyed(
    identity: Identity, board: Board, graph: Graph, sources: KernelSources
) -> Iterator[tuple[int, list[tuple[Implementation, CostKey]]]]:
    for layer, items in lower(graph, sources.providers, Core.of(board)).items():
        view = graph.view(graph.layers[layer])
        yield layer, [(item, identity.cost(view, item)) for item in implementations(items)]
