"""Plans of convolutions without the DSP extension: activations as they are, and weights packed by two channels."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property

import numpy as np
from _bytes_layout import Bytes
from _convolution import Convolution, Tiling
from _packed_turns import PackedTurns, Parting, best_parting
from _plan import PlanOfTurns
from _turns import Segments
from numpy.typing import NDArray

from scons_tinyml.stages.lowering.thumb.packed import FIELDS, Runs

_PAIR_CYCLES, _OUTPUT_CYCLES = 30, 14
"""Approximate cycles of a pair of pixels, and of each output."""


class Partings:
    """Partings for the weights of a layer, each found once."""

    def __init__(self, weights: NDArray[np.int8]) -> None:
        self.find = cache(self._find)
        self._weights = weights

    def _find(self, segments: Segments, second_bytes: int, reads_behind: bool) -> tuple[Parting, Runs] | None:
        return best_parting(segments, second_bytes, self._weights, reads_behind=reads_behind)


@dataclass(frozen=True)
class PackedPlan(PlanOfTurns[Bytes, PackedTurns]):
    """Activations of one byte, for MLA."""

    partings: Partings | None = None

    @cached_property
    def turns(self) -> dict[int, PackedTurns]:
        """Turns of each size of a group, largest first."""
        assert self.partings is not None
        layout = self.layout
        second = layout.lines.second_bytes
        found = self.partings.find(layout.segments, second, layout.copies)
        if found is None:
            return {}
        parting, runs = found
        return {size: parting.turns(size, second, runs) for size in self.sizes}

    @property
    def parts(self) -> tuple[range, ...]:
        """Channels that are computed at a time, two, and the rest."""
        made = self.layout.convolution
        channels = made.channels // made.groups
        return tuple(range(first, min(first + FIELDS, channels)) for first in range(0, channels, FIELDS))

    @property
    def copies_all(self) -> bool:
        """False: weights are unpacked as they are copied, a group at a time."""
        return False

    @property
    def group_step_bytes(self) -> int:
        """Channels of a group of the convolution."""
        return self.layout.convolution.filter_depth

    def turn_cycles(self, turns: PackedTurns) -> float:
        """Approximate cycles of the turns of two pixels, with what is around them."""
        return turns.cycles + _PAIR_CYCLES + 2 * _OUTPUT_CYCLES * turns.channels

    @property
    def read_behind_bytes(self) -> int:
        """Activations that fill up a turn."""
        return max(len(turns.offsets) for turns in self.turns.values())


def possible_packed_plans(made: Convolution, weights: NDArray[np.int8]) -> list[PackedPlan]:
    """Return all plans for `weights` [channels, activations of a filter]."""
    partings = Partings(weights)
    plans = (PackedPlan(layout, partings=partings) for layout in _layouts(made) if layout.is_possible)
    return [plan for plan in plans if plan.is_possible]


def _layouts(made: Convolution) -> Iterator[Bytes]:
    """Yield the layouts for all numbers of rows that part the image differently."""
    for upright in (False, True):
        yield Bytes(made, Tiling.of(made.rows, made.rows), upright, copies=False)
        for rows in sorted({-(-made.rows // tiles) for tiles in range(1, made.rows + 1)}):
            yield Bytes(made, Tiling.of(made.rows, rows), upright, copies=True)
