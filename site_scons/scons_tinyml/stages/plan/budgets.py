"""The budgets that the choice of kernels keeps, from the same sources as the gate's."""

from __future__ import annotations

from pathlib import Path

from scons_tinyml.emulator.timing import timing_for
from scons_tinyml.records.board import Board
from scons_tinyml.records.budget import Budgets, limits_from_options, split_limits
from scons_tinyml.records.limits import resolve_limits
from scons_tinyml.records.model import read_model
from scons_tinyml.stages.plan.problem import Spending


def budgets(board: Board, model: Path | None, options: str) -> Spending:
    """What an image for `board` may spend; a latency limits the cycles of the slow end of the error band."""
    own = read_model(model).budgets if model else Budgets()
    limits = resolve_limits(board, own, limits_from_options(split_limits(options)), str(model))
    latency = limits.get("latency")
    slow_end = 1 + timing_for(board.core).band.high
    return Spending(
        cycles=int(latency.value * board.clock / slow_end) if latency else None,
        flash_bytes=int(limits["flash"].value),
        ram_bytes=int(limits["ram"].value),
        arena_bytes=board.regions("arena")[0].size,
    )
