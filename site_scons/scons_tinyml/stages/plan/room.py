"""What an image may spend on a board: the one place where limits become bounds for the choice of kernels."""

from __future__ import annotations

from collections.abc import Mapping

from scons_tinyml.emulator.timing import timing_for
from scons_tinyml.records.board import Board
from scons_tinyml.stages.plan.problem import Spending


def spending(
    board: Board, limits: Mapping[str, float], data_bytes: int, cycles_per_second: float | None = None
) -> Spending:
    """The most that `limits` in SI units and the memory regions of `board` allow, whichever is less.

    `data_bytes` are data and bss at most. Data makes room for a large arena where another region may hold it, as
    `records.placement.place` has it, and so does the stack, whose depth is a margin. A latency limits the cycles of the
    slow end of an error band: that of the core's timing model, or `cycles_per_second` where that is known better.
    """
    arena, code = board.regions("arena")[0], board.regions("code")[0]
    alone = {use: board.regions(use) == (arena,) for use in ("data", "stack")}
    weights = board.regions("weights")[0]
    in_one = code.kind == "flash" and (
        weights is code or weights.kind == "ram"
    )  # copied to RAM, it is flashed too
    latency = limits.get("latency")
    per_second = cycles_per_second or board.clock / (1 + timing_for(board.core).band.high)
    return Spending(
        cycles=None if latency is None else int(latency * per_second),
        flash_bytes=_least(limits.get("flash"), code.size if in_one else None),
        ram_bytes=_least(limits.get("ram")),
        arena_bytes=arena.size - (data_bytes if alone["data"] else 0),
        stack_beside_arena=alone["stack"],
    )


def _least(*limits: float | None) -> int | None:
    return min((int(limit) for limit in limits if limit is not None), default=None)
