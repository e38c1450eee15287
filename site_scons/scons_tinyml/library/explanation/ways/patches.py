"""Layers that run patch by patch, for less RAM: points of `scons frontier`, which measures them."""

from __future__ import annotations

from collections.abc import Iterator
from math import ceil

from scons_tinyml.library.explanation.ways import Case
from scons_tinyml.records.explanation import NotMeasured, WayOut
from scons_tinyml.records.frontier import FrontierPoint
from scons_tinyml.stages.plan.choose import STACK_BYTES
from scons_tinyml.stages.plan.patches import remedy

ORDER = 20
_KIB = 1024


def ways(case: Case) -> Iterator[WayOut | NotMeasured]:
    """Yield the point in patches with the least RAM, or else what patches would need of the arena."""
    results, frontier = case.results, case.results.beside.frontier
    if case.about != "ram":
        return
    points = [point for point in frontier.points if point.layers_in_patches] if frontier else []
    if points:
        yield _way(case, min(points, key=lambda point: (point.ram_bytes, point.cycles)))
        return
    arena_bytes = results.plan.memory.arena_bytes
    if text := remedy(results.graph, arena_bytes, arena_bytes - 1):
        yield NotMeasured(
            change=text.partition(";")[0],
            command=case.build.replace("scons", "scons frontier", 1) + " patches=yes",
        )


def _way(case: Case, point: FrontierPoint) -> WayOut:
    """Return the way to `point`: a budget that leaves the stack as much as plans assume."""
    forecast = case.results.situation.forecast
    limit = f"patches=yes ram={ceil((point.ram_bytes + STACK_BYTES) / _KIB * 10) / 10}KiB"
    slow_s = point.slow_cycles * forecast.cycles_factor * forecast.seconds_per_cycle
    return case.way(
        "patches",
        f"{limit}, with {len(point.layers_in_patches)} layers patch by patch",
        f"{case.build_for(case.results.board.name, without='ram')} {limit}",
        "measured rows of scons frontier",
        flash_bytes=point.flash_bytes + forecast.flash_off_bytes,
        ram_bytes=point.ram_bytes + forecast.stack_bytes,
        latency_s=slow_s,
    )
