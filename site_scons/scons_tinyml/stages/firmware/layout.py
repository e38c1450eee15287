"""Where code, weights, data, arena and stack go in the memory of a board."""

from __future__ import annotations

from dataclasses import dataclass

from scons_tinyml.records.board import Board, MemoryRegion, Use

RESERVED_BYTES = 4096
"""Room kept free for data, bss and stack when it is decided whether they fit beside the arena."""


@dataclass(frozen=True)
class Placement:
    """The region for each use."""

    code: MemoryRegion
    weights: MemoryRegion
    data: MemoryRegion
    arena: MemoryRegion
    stack: MemoryRegion


def place(board: Board, arena_bytes: int) -> Placement:
    """Everything in the largest region that may hold it; data and stack make room for a large arena if they can.

    What does not fit is placed all the same: the budget check judges it, with figures.
    """
    arena = board.regions("arena")[0]
    crowded = arena_bytes + RESERVED_BYTES > arena.size

    def beside(use: Use) -> MemoryRegion:
        regions = board.regions(use)
        others = [region for region in regions if region is not arena]
        return others[0] if crowded and others else regions[0]

    return Placement(
        code=board.regions("code")[0],
        weights=board.regions("weights")[0],
        data=beside("data"),
        arena=arena,
        stack=beside("stack"),
    )


def code_alignment_bytes(board: Board) -> int:
    """Alignment of functions so that each meets the flash in the same way in every image that holds it."""
    flash, core = board.flash, board.core_caches
    caches = (flash.instruction_cache, flash.unified_cache, core.instruction if core else None)
    return max((flash.line_width_bits // 8, *(cache.line for cache in caches if cache)))
