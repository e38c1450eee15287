"""The choice of layers that run patch by patch: the least work within a number of bytes of activations.

Whether a region runs in patches changes nothing outside of it. So each region with each size of patches is rewritten
and measured in bytes and multiply-accumulates once, and dynamic programming over the layers finds the best regions that
do not overlap.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from scons_tinyml.records.units import format_bytes
from scons_tinyml.stages.graph.ir import Graph
from scons_tinyml.stages.graph.operators import find_operator
from scons_tinyml.stages.graph.patches.regions import Region, alone, regions
from scons_tinyml.stages.graph.patches.split import split
from scons_tinyml.stages.plan.lifetimes import ALIGNMENT_BYTES, Block, blocks, live_bytes
from scons_tinyml.stages.plan.memory import plan_memory

_COUNTS = (2, 3, 4, 6, 8, 12, 16, 24, 32, 48)
"""Numbers of patches that are tried."""

_MOST_LAYERS = 12
"""Number of layers of a region: with each, more rows are computed again."""

_MOST_CALLS = 200
"""Number of calls of a region: images with more rows are not worth the time that a search takes."""

CALL_MACS = 400
"""Multiply-accumulates that take as long as a further call of a kernel."""


@dataclass(frozen=True)
class Patches:
    """A region in patches of `rows` rows, with what it needs and costs."""

    region: Region
    rows: int
    peak_bytes: int
    """Most bytes of activations that are needed at one time while the region runs."""
    added_work: int
    """Multiply-accumulates beyond those of whole images, calls included."""


@dataclass(frozen=True)
class Patching:
    """A network of which regions run in patches."""

    whole: Graph
    """The network as it is."""
    patches: tuple[Patches, ...]
    peak_bytes: int
    """Most bytes of activations that are needed at one time, without scratch: no arena is smaller."""
    work_percent: float
    """Work in percent of that of whole images."""

    @cached_property
    def graph(self) -> Graph:
        """The network in patches."""
        made: Graph | None = self.whole
        for one in reversed(self.patches):
            made = split(made, one.region, one.rows) if made else None
        assert made is not None, "regions of a choice were rewritten before"
        return made

    @cached_property
    def arena_bytes(self) -> int:
        """Size of the arena without scratch."""
        return plan_memory(self.graph, {}, ALIGNMENT_BYTES).arena_bytes


def smallest(choices: Sequence[Patching], percent: int, room_bytes: int) -> Patching:
    """Return the choice with the smallest arena whose work is at most `percent` of that of whole images.

    If its arena is larger than `room_bytes`, it is the choice with the least work that has room, or the smallest.
    """
    found = _smallest([choice for choice in choices if choice.work_percent <= percent])
    return found if found.arena_bytes <= room_bytes else _with_room(choices, room_bytes) or _smallest(choices)


def _smallest(choices: Sequence[Patching]) -> Patching:
    """Return the choice with the smallest arena, then with the least work; it plans memory as rarely as it can."""
    by_peak = sorted(choices, key=lambda choice: (choice.peak_bytes, choice.work_percent))
    found = by_peak[0]
    for choice in by_peak[1:]:
        if choice.peak_bytes > found.arena_bytes:
            break
        found = min(found, choice, key=lambda one: (one.arena_bytes, one.work_percent))
    return found


def _with_room(choices: Sequence[Patching], room_bytes: int) -> Patching | None:
    """Return the choice with the least work whose arena has at most `room_bytes`, None without one."""
    by_work = sorted(choices, key=lambda choice: choice.work_percent)
    fitting = (choice for choice in by_work if choice.peak_bytes <= room_bytes)
    return next((choice for choice in fitting if choice.arena_bytes <= room_bytes), None)


def remedy(graph: Graph, needed_bytes: int, room_bytes: int) -> str | None:
    """Return a sentence on what patches would give where an arena of `needed_bytes` has `room_bytes`.

    None for a network that is in patches, or in which they save nothing.
    """
    if any(tensor.part_of is not None for tensor in graph.tensors):
        return None
    _, *choices = Patchable(graph).choices()
    if not choices:
        return None
    fitting = _with_room(choices, room_bytes)
    found = fitting or _smallest(choices)
    takes = (
        f"{format_bytes(found.arena_bytes)} of arena without scratch instead of {format_bytes(needed_bytes)}, "
        f"and {found.work_percent - 100:.0f} % more work"
    )
    if fitting:
        return f"layers that run patch by patch need {takes}; patches=yes measures and chooses them"
    return f"layers that run patch by patch need at least {takes}, which is too much as well"


@dataclass(frozen=True)
class Patchable:
    """A valid network, and what its regions would need and cost in patches."""

    graph: Graph

    def choices(self) -> tuple[Patching, ...]:
        """Return the network as it is, then choices with less and less bytes, each with the least work for them."""
        ways = [self._within(self._peak)]
        for limit in sorted({one.peak_bytes for one in self._found} | set(self._live.values()), reverse=True):
            way = self._within(limit)
            if way is not None and ways[-1] is not None and way.peak_bytes < ways[-1].peak_bytes:
                ways.append(way)
        return tuple(self._made(way) for way in ways if way is not None)

    def _made(self, way: _Way) -> Patching:
        percent = 100 + 100 * way.added_work / max(self.macs, 1)
        return Patching(self.graph, way.patches, way.peak_bytes, percent)

    @cached_property
    def macs(self) -> int:
        """Multiply-accumulates of the network as it is."""
        return _macs(self.graph)

    @cached_property
    def _blocks(self) -> tuple[Block, ...]:
        return blocks(self.graph, {}, ALIGNMENT_BYTES)

    @cached_property
    def _live(self) -> dict[int, int]:
        return live_bytes(self._blocks)

    @property
    def _peak(self) -> int:
        return max(self._live.values(), default=0)

    @cached_property
    def _found(self) -> tuple[Patches, ...]:
        return tuple(self._candidates())

    def _candidates(self) -> Iterator[Patches]:
        """Yield regions that need less in patches, among those with a layer that needs more than the inputs."""
        least = self._live.get(-1, 0)
        tried: set[Region] = set()
        for layer in self.graph.layers:
            if self._live.get(layer.index, 0) <= least:
                continue
            for region in regions(self.graph, layer.index):
                if region not in tried and region.last - region.first < _MOST_LAYERS:
                    tried.add(region)
                    yield from self._of_region(region)

    def _of_region(self, region: Region) -> Iterator[Patches]:
        """Yield what `region` needs and costs in patches of several sizes, where it needs less than whole images."""
        inside = alone(self.graph, region)
        height, macs = self.graph.tensors[region.target].shape[1], _macs(inside)
        peak = max(self._live.get(index, 0) for index in range(region.first, region.last + 1))
        beside = self._beside_bytes(region)
        whole = Region(0, len(inside.layers) - 1, inside.inputs[0], inside.outputs[0])
        for rows in sorted(
            {-(-height // count) for count in _COUNTS if count * len(inside.layers) <= _MOST_CALLS}
        ):
            made = split(inside, whole, rows) if rows < height else None
            if made is None:
                continue
            live = live_bytes(blocks(made, {}, ALIGNMENT_BYTES))
            peak_bytes = beside + max(live[time] for time in range(len(made.layers)))
            if peak_bytes < peak:
                added_calls = len(made.layers) - len(inside.layers)
                yield Patches(region, rows, peak_bytes, _macs(made) - macs + CALL_MACS * added_calls)

    def _beside_bytes(self, region: Region) -> int:
        """Return the bytes of activations that live while `region` runs, and which it neither reads nor makes."""
        return sum(
            block.size_bytes
            for block in self._blocks
            if block.first < region.first and block.last > region.last and region.source not in block.tensors
        )

    def _within(self, limit_bytes: int) -> _Way | None:
        """Return the way with the least work in `limit_bytes`, then with the fewest bytes; None if none has room."""
        starting: dict[int, list[Patches]] = {}
        for one in self._found:
            if one.peak_bytes <= limit_bytes:
                starting.setdefault(one.region.first, []).append(one)
        if any(live > limit_bytes for time, live in self._live.items() if time < 0):
            return None
        best: dict[int, _Way] = {0: _Way((), max(self._live.get(-1, 0), 0), 0)}
        for layer in range(len(self.graph.layers)):
            before = best.get(layer)
            if before is None:
                continue
            live = self._live.get(layer, 0)
            if live <= limit_bytes:
                _offer(best, layer + 1, before, (), live, 0)
            for one in starting.get(layer, ()):
                _offer(best, one.region.last + 1, before, (one,), one.peak_bytes, one.added_work)
        return best.get(len(self.graph.layers))


@dataclass(frozen=True)
class _Way:
    """Regions in patches from the first layer to some layer."""

    patches: tuple[Patches, ...]
    peak_bytes: int
    """Most bytes of activations that are needed at one time, without scratch."""
    added_work: int


def _offer(
    best: dict[int, _Way],
    layer: int,
    before: _Way,
    added: Sequence[Patches],
    peak_bytes: int,
    added_work: int,
) -> None:
    made = _Way((*before.patches, *added), max(before.peak_bytes, peak_bytes), before.added_work + added_work)
    known = best.get(layer)
    if known is None or (made.added_work, made.peak_bytes) < (known.added_work, known.peak_bytes):
        best[layer] = made


def _macs(graph: Graph) -> int:
    found = ((find_operator(view.layer.operator), view) for view in graph.views())
    return sum(operator.macs(view) for operator, view in found if operator is not None)
