"""Plans of direct convolutions: the groups of channels and turns of a layout, with their scratch and cycles."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cache, cached_property, partial
from typing import Any, Generic, TypeVar

from _convolution import Convolution, Tiling
from _expanded_rows import ExpandedRows
from _lines import Layout
from _pixels import PixelSchedule
from _product import WORD_BYTES
from _row_windows import RowWindows
from _turns import LARGEST_OFFSET_BYTES, Turns, TurnsOfWords, turns_of
from _windows import Windows

from scons_tinyml.stages.lowering.generators import Offer
from scons_tinyml.stages.lowering.implementation import Lowered
from scons_tinyml.stages.lowering.thumb.raw_pairs import EXPANDED_BYTES, QUAD

LayoutT = TypeVar("LayoutT", bound=Layout)
TurnsT = TypeVar("TurnsT", bound=TurnsOfWords)
PlanT = TypeVar("PlanT", bound="PlanOfTurns[Any, Any]")
Chosen = Callable[[list[Any]], list[Any]]
"""Selects plans of those that are possible."""

_GROUPS = PixelSchedule(3, copies=True)
_COPIED_AT_ONCE = 1536
"""Bytes of weights that are copied once for all tiles."""
_CONSTANTS = 2
"""Words of a channel's requantization, in most layers."""
_PAIR_CYCLES, _OUTPUT_CYCLES = 40, 4
"""Approximate cycles of a pair of pixels, and of each output."""
_TILE_CYCLES, _GROUP_CYCLES = 600, 40
"""Approximate cycles of beginning a tile, as its code is read again, and a group of channels in it."""
_SCRATCH_WEIGHT = 0.1
"""Scratch as large as the activations counts as much as this part of the cycles."""
_SMALLEST_BYTES = 4096
"""Activations count as these bytes at least."""
_LARGE_TIMES = 2
"""Scratch is at most this often as much as the activations."""
_WORTH = 0.96
"""A plan with more scratch is worth it if it takes at most this part of the cycles."""


@dataclass(frozen=True)
class PlanOfTurns(ABC, Generic[LayoutT, TurnsT]):
    """A layout, and how its channels are computed."""

    layout: LayoutT
    constants: int = _CONSTANTS
    """Words of the requantization of a channel."""

    @property
    @abstractmethod
    def parts(self) -> tuple[range, ...]:
        """Channels that are computed at a time, in one group of the convolution."""

    @property
    @abstractmethod
    def turns(self) -> dict[int, TurnsT]:
        """Turns of each size of a group, largest first. Sizes whose loads do not reach the second pixel are missing."""

    @property
    @abstractmethod
    def group_step_bytes(self) -> int:
        """Bytes from the activations of a group of the convolution to those of the next."""

    @abstractmethod
    def turn_cycles(self, turns: TurnsT) -> float:
        """Approximate cycles of the turns of two pixels, with what is around them."""

    @property
    def name(self) -> str:
        """'rows' for all rows at a time, 'rows_4' for four."""
        tiling = self.layout.tiling
        return self.layout.name if tiling.tiles == 1 else f"{self.layout.name}_{tiling.rows}"

    @property
    def is_possible(self) -> bool:
        """True when loads and stores reach the second pixel of a pair."""
        stored = self.layout.lines.second_output_bytes + QUAD <= LARGEST_OFFSET_BYTES
        return stored and {len(part) for part in self.parts} == set(self.turns)

    @property
    def sizes(self) -> list[int]:
        """Sizes of groups of channels, largest first."""
        return sorted({len(part) for part in self.parts}, reverse=True)

    @property
    def groups(self) -> list[range]:
        """Channels that are computed at a time."""
        made = self.layout.convolution
        firsts = range(0, made.channels, made.channels // made.groups)
        return [range(first + part.start, first + part.stop) for first in firsts for part in self.parts]

    def group_bytes(self, turns: TurnsOfWords) -> int:
        """Bytes of the stream that a group takes."""
        return turns.channels * WORD_BYTES * (1 + self.constants) + turns.stream_bytes

    @property
    def stream_bytes(self) -> int:
        """Bytes of the stream."""
        sizes = Counter(map(len, self.parts))
        one = sum(count * self.group_bytes(self.turns[size]) for size, count in sizes.items())
        return self.layout.convolution.groups * one

    @property
    def copies_all(self) -> bool:
        """True when the whole stream is copied once, false when each tile copies a group at a time."""
        return self.stream_bytes <= _COPIED_AT_ONCE

    @property
    def layer_bytes(self) -> int:
        """Bytes of input and output, with which scratch is compared."""
        return max(self.layout.convolution.activation_bytes, _SMALLEST_BYTES)

    @property
    def activation_bytes(self) -> int:
        """Bytes of scratch before the copy of weights."""
        return self.layout.lead_bytes + self.layout.expanded_bytes

    @property
    def scratch_bytes(self) -> int:
        """Bytes of scratch. What fills up turns reads activations behind the last ones."""
        copied = self.stream_bytes if self.copies_all else max(map(self.group_bytes, self.turns.values()))
        return self.activation_bytes + max(copied, self.read_behind_bytes)

    @property
    @abstractmethod
    def read_behind_bytes(self) -> int:
        """Bytes behind the last activations that turns may read."""

    @cached_property
    def cycles(self) -> float:
        """Approximate cycles of the layer."""
        layout = self.layout
        pairs = layout.lines.count * layout.lines.pairs
        tile = _TILE_CYCLES / layout.convolution.groups
        for size, count in Counter(map(len, self.parts)).items():
            turns = self.turns[size]
            copying = 0 if self.copies_all else self.group_bytes(turns)
            tile += count * (pairs * self.turn_cycles(turns) + copying + _GROUP_CYCLES)
        return layout.cycles + layout.tiling.tiles * layout.convolution.groups * tile


class Plan(PlanOfTurns[Layout, Turns]):
    """Quads of activations that are expanded, for SMLAD."""

    @cached_property
    def turns(self) -> dict[int, Turns]:
        """Turns of each size of a group, largest first."""
        segments, second = self.layout.segments, self.layout.lines.second_bytes
        found = {size: turns_of(segments, size, second) for size in self.sizes}
        return {size: turns for size, turns in found.items() if turns}

    @property
    def parts(self) -> tuple[range, ...]:
        """Channels that are computed at a time, three or two."""
        made = self.layout.convolution
        return _parts(made.channels // made.groups)

    @property
    def group_step_bytes(self) -> int:
        """Expanded quads of a group of the convolution."""
        return EXPANDED_BYTES * (self.layout.convolution.filter_depth // QUAD)

    def turn_cycles(self, turns: Turns) -> float:
        """Approximate cycles of the turns of two pixels, with what is around them."""
        return turns.cycles + _PAIR_CYCLES + 2 * _OUTPUT_CYCLES * turns.channels

    @property
    def read_behind_bytes(self) -> int:
        """Quads that fill up a turn."""
        return max(EXPANDED_BYTES * len(turns.offsets) for turns in self.turns.values())


@cache
def _parts(channels: int) -> tuple[range, ...]:
    return tuple(_GROUPS.groups(channels))


def possible_plans(made: Convolution) -> list[Plan]:
    """Return all plans. There is always one: expanded rows, one at a time, upright, have no second pixel."""
    return [plan for plan in map(Plan, _layouts(made)) if plan.is_possible]


def best_plans(possible: list[PlanT]) -> list[PlanT]:
    """Return the plan with the best of cycles and scratch, and the fastest one if it is worth more scratch."""
    activations: int = possible[0].layer_bytes
    within = [plan for plan in possible if plan.scratch_bytes <= _LARGE_TIMES * activations]
    if not within:
        return [min(possible, key=lambda plan: plan.scratch_bytes)]

    def weighted(plan: PlanT) -> float:
        cycles: float = plan.cycles
        return cycles * (1 + _SCRATCH_WEIGHT * plan.scratch_bytes / activations)

    best = min(within, key=weighted)
    fastest = min(within, key=lambda plan: (plan.cycles, plan.scratch_bytes))
    is_worth = fastest.cycles < _WORTH * best.cycles and fastest.name != best.name
    return [best, fastest] if is_worth else [best]


def further_plans(possible: list[PlanT]) -> dict[str, PlanT]:
    """Return plans that are not among the best, by name. Lines along columns are 'upright'."""
    best = best_plans(possible)
    directions = {None: "", False: "_across", True: "_upright"}
    return {
        f"{plan.name}{directions[getattr(plan.layout, 'upright', None)]}": plan
        for plan in possible
        if plan not in best and plan.scratch_bytes <= _LARGE_TIMES * plan.layer_bytes
    }


def plan_offers(planned: Callable[[Chosen], Iterable[Lowered]]) -> Iterator[Offer]:
    """Yield the plans that are not among the best of those that `planned` chooses from."""
    possible: list[Any] = []

    def see(plans: list[Any]) -> list[Any]:
        possible.extend(plans)
        return []

    list(planned(see))
    for name, plan in further_plans(possible).items() if possible else ():
        yield Offer(name, partial(_offered, planned, name, plan))


def _offered(planned: Callable[[Chosen], Iterable[Lowered]], name: str, plan: Any) -> Lowered:
    return replace(next(iter(planned(lambda _: [plan]))), name=name)


def _layouts(made: Convolution) -> Iterator[Layout]:
    """Yield the layouts for all numbers of rows that part the image differently."""
    for rows in sorted({-(-made.rows // tiles) for tiles in range(1, made.rows + 1)}):
        tiling = Tiling.of(made.rows, rows)
        for upright in (False, True):
            yield ExpandedRows(made, tiling, upright)
            windows = RowWindows(made, tiling, upright)
            if windows.is_possible:
                yield windows
        dense = Windows(made, tiling)
        if dense.is_possible:
            yield dense
