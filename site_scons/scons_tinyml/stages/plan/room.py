"""Limits of an image on a board. Only here do limits become bounds for the choice of kernels."""

from __future__ import annotations

from collections.abc import Mapping

from scons_tinyml.records.board import Board
from scons_tinyml.records.placement import RESERVED_BYTES
from scons_tinyml.stages.plan.problem import Spending


def spending(
    board: Board, limits: Mapping[str, float], data_bytes: int, cycles_per_second: float
) -> Spending:
    """Return the lesser of `limits` in SI units and the memory regions of `board`.

    `data_bytes` are data and bss that every choice has. They make room for a large arena if another region can
    hold them, see `records.placement.place`, and so does the stack, whose depth is a margin. What kernels add to
    data is in the region that data has beside a small arena, with the stack if that is there. A latency limits the
    cycles at the slow end of an error band, of which a second has `cycles_per_second`.
    """
    arena, code, data = (board.regions(use)[0] for use in ("arena", "code", "data"))
    alone = {use: board.regions(use) == (arena,) for use in ("data", "stack")}
    weights = board.regions("weights")[0]
    in_one = code.kind == "flash" and (
        weights is code or weights.kind == "ram"
    )  # weights in RAM are in flash as well
    latency = limits.get("latency")
    return Spending(
        slow_cycles=None if latency is None else int(latency * cycles_per_second),
        flash_bytes=_least(limits.get("flash"), code.size if in_one else None),
        ram_bytes=_least(limits.get("ram")),
        arena_bytes=arena.size - (data_bytes if alone["data"] else 0),
        stack_beside_arena=alone["stack"],
        added_bytes=None if data is arena else data.size - data_bytes - RESERVED_BYTES,
        shared_bytes=arena.size - data_bytes - (0 if alone["stack"] else RESERVED_BYTES)
        if data is arena
        else None,
    )


def _least(*limits: float | None) -> int | None:
    return min((int(limit) for limit in limits if limit is not None), default=None)
