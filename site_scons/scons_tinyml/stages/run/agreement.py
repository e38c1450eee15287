"""Largest plausible difference between the sum of layers measured alone and the run of the whole image.

Both come from one emulator and one sample, so they differ only by the calls of layers and by cached content.
A layer alone begins with cold caches; in a network they may be warm. The difference is bounded by the content
to cache: the code of the kernel, and its activations.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from scons_tinyml.records.board import Board, Cache
from scons_tinyml.stages.graph.ir import Graph
from scons_tinyml.stages.lowering.arguments import known_operator
from scons_tinyml.stages.plan.footprint import Footprint
from scons_tinyml.stages.plan.lifetimes import activations
from scons_tinyml.stages.plan.record import Plan

SHARE = 0.03
"""Tolerance as a share of the cycles of the run."""
CALL_CYCLES = 16
"""Cycles by which a call in a network differs from one alone: registers saved, addresses loaded.

Measured on networks of one to twelve tiny layers, on eight boards with all cores: at most 5 cycles a layer;
three times that. Layers alone take up to three times as long on the rp2040, all within `cold_cycles`.
"""


@dataclass(frozen=True)
class Agreement:
    """Cycles of all layers together and of the whole run, with the limits of their difference."""

    sum_of_layers_cycles: int
    run_cycles: int
    cold_cycles: int
    """Extra cycles of layers alone, due to cold caches."""
    calls: int
    """Number of calls of kernels."""

    @property
    def least_cycles(self) -> int:
        """Lower limit of the sum."""
        return int(self.run_cycles * (1 - SHARE)) - CALL_CYCLES * self.calls

    @property
    def most_cycles(self) -> int:
        """Upper limit of the sum."""
        return int(self.run_cycles * (1 + SHARE)) + CALL_CYCLES * self.calls + self.cold_cycles

    @property
    def holds(self) -> bool:
        """True when the two figures can belong to the same code, or no layer has a call."""
        return not self.calls or self.least_cycles <= self.sum_of_layers_cycles <= self.most_cycles


def agreement(board: Board, graph: Graph, plan: Plan, footprint: Footprint, run_cycles: int) -> Agreement:
    """Return the agreement of `plan` with a run on the sample that the layers were measured with."""
    called = [layer for layer in plan.layers if layer.kernel is not None]
    cold = calls = 0
    for layer in called:
        view = graph.view(graph.layers[layer.index])
        calls += known_operator(view).images(view)
        parts = footprint.kernels.get(layer.kernel or "", ())
        code_bytes = sum(footprint.parts[part].flash_bytes for part in parts)
        cold += cold_cycles(board, code_bytes, _activation_bytes(graph, layer.index))
    total = sum(layer.cycles_in_emulator for layer in called)
    return Agreement(total, run_cycles, cold, calls)


def cold_cycles(board: Board, code_bytes: int, data_bytes: int) -> int:
    """Return the most cycles for filling cold caches with the code, its literals, and activations."""
    flash = board.flash
    wanted = {"code": code_bytes, "data": code_bytes + data_bytes, "both": code_bytes + data_bytes}
    cycles = 0
    for cache, use in _caches(board):
        lines = min(cache.size // cache.line, wanted[use] // cache.line + 2)
        reads = -(-8 * cache.line // flash.line_width_bits)
        cycles += lines * reads * (flash.wait_states + 1)
    return cycles


def _caches(board: Board) -> Iterator[tuple[Cache, str]]:
    flash, core = board.flash, board.core_caches
    found: Mapping[str, tuple[Cache | None, ...]] = {
        "code": (flash.instruction_cache, core.instruction if core else None),
        "data": (flash.data_cache, core.data if core else None),
        "both": (flash.unified_cache,),
    }
    yield from ((cache, use) for use, caches in found.items() for cache in caches if cache is not None)


def _activation_bytes(graph: Graph, layer: int) -> int:
    found = graph.layers[layer]
    return sum(
        graph.tensors[index].size_bytes for index in activations(graph, (*found.inputs, *found.outputs))
    )
