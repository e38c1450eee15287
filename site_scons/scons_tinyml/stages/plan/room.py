"""Room in the memory of a board beside what does not depend on the choice of kernels."""

from __future__ import annotations

from dataclasses import replace

from scons_tinyml.records.board import Board, Use
from scons_tinyml.stages.plan.problem import Spending


def within_regions(board: Board, limits: Spending, data_bytes: int, stack_bytes: int) -> Spending:
    """`limits`, and in no region more than it holds, beside `data_bytes` (data and bss at most) and the stack.

    Data and stack make room for a large arena where another region may hold them, as `records.placement.place` has it.
    """
    arena, code = board.regions("arena")[0], board.regions("code")[0]
    sizes: tuple[tuple[Use, int], ...] = (("data", data_bytes), ("stack", stack_bytes))
    beside = sum(size for use, size in sizes if board.regions(use) == (arena,))
    flash = code.size if board.regions("weights")[0] is code else None
    return replace(
        limits,
        flash_bytes=_least(limits.flash_bytes, flash),
        arena_bytes=_least(limits.arena_bytes, arena.size - beside),
    )


def _least(*limits: int | None) -> int | None:
    return min((limit for limit in limits if limit is not None), default=None)
