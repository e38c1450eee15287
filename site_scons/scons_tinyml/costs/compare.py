"""Ratio of the emulator's cycles to those of hardware, for kernels and layers that both have measured."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from statistics import median

from scons_tinyml.costs.key import CostKey
from scons_tinyml.costs.packs.merge import preferred
from scons_tinyml.costs.rows import CostRow

ALL = "all"


@dataclass(frozen=True)
class Ratio:
    """Ratio of the emulator's cycles to those of hardware over `n` layers; at 1.05 the emulator counts 5 % too many.

    `kernel` is 'all' for the ratio of a whole core.
    """

    core: str
    timing_version: str
    kernel: str
    n: int
    median: float
    min: float
    max: float


def compare(rows: Iterable[CostRow]) -> list[Ratio]:
    """Return a ratio for each core and version of its timing model, and for each kernel there.

    A pair of rows has the same layer, kernel, sources, core, compiler, flags and memory. Of rows by several versions
    of the measuring firmware, the newest counts.
    """
    hardware: dict[CostKey, CostRow] = {}
    emulator: list[CostRow] = []
    for row in rows:
        if row.key.evidence == "emulator":
            emulator.append(row)
        else:
            pair = _pair(row.key)
            hardware[pair] = preferred(hardware[pair], row) if pair in hardware else row
    groups: dict[tuple[str, str, str], list[float]] = defaultdict(list)
    for row in emulator:
        partner = hardware.get(_pair(row.key))
        if partner is not None:
            for kernel in (ALL, row.key.kernel):
                groups[row.key.core, row.key.timing_version, kernel].append(row.cycles / partner.cycles)
    return [_ratio(*group, ratios) for group, ratios in sorted(groups.items(), key=_all_first)]


def _pair(key: CostKey) -> CostKey:
    """Return the parts of `key` that both rows of a pair share: all but the way of measuring."""
    return replace(key, evidence="hardware", timing_version="")


def _all_first(item: tuple[tuple[str, str, str], object]) -> tuple[str, str, bool, str]:
    core, timing_version, kernel = item[0]
    return core, timing_version, kernel != ALL, kernel


def _ratio(core: str, timing_version: str, kernel: str, ratios: Sequence[float]) -> Ratio:
    return Ratio(core, timing_version, kernel, len(ratios), median(ratios), min(ratios), max(ratios))
