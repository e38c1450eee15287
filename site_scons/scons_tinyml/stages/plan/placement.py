"""Search for places of blocks of which those of one time do not overlap.

Finding the smallest arena is NP-hard (dynamic storage allocation). The largest sum of blocks needed at one time is a
lower bound, and for real networks first-fit placement in a good order reaches it. Several orders are tried and varied
until the bound is reached or a fixed number of attempts is spent. Nothing is random: equal blocks get equal places.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from heapq import heappop, heappush

from scons_tinyml.records.errors import UnsupportedError
from scons_tinyml.records.network_limits import MEETING_BLOCKS
from scons_tinyml.stages.plan.lifetimes import Block, live_bytes

_PLACED_BLOCKS = 40_000
"""Maximum number of placed blocks over all orders: at most about a second for any network."""

_PLACED_SIDE_BY_SIDE = 10_000
"""Maximum number of placed blocks where some lie side by side.

Of 41 arenas of networks of MLPerf Tiny in patches, four times as many make 2 smaller.
"""

_VARIED_BLOCKS = 4
_VARIED_PLACES = 3
"""Number of blocks of an order that are moved, and of target positions from either end.

With these values 99 of 100 random networks of up to 12 layers reached the lower bound; the networks of MLPerf
Tiny do with the first order.
"""


@dataclass(frozen=True)
class Body:
    """Blocks side by side, which are placed together: mostly one."""

    blocks: tuple[Block, ...]
    first: int
    last: int
    size_bytes: int

    def meets(self, other: Body) -> bool:
        """Return True when a block of each are needed at the same time."""
        return any(block.meets(another) for block in self.blocks for another in other.blocks)


def bodies_of(parts: Sequence[Block]) -> tuple[Body, ...]:
    """Return `parts` with blocks side by side joined."""
    joined: list[list[Block]] = []
    for part in parts:
        if part.offset_bytes:
            joined[-1].append(part)
        else:
            joined.append([part])
    return tuple(
        Body(
            tuple(found),
            min(block.first for block in found),
            max(block.last for block in found),
            sum(block.size_bytes for block in found),
        )
        for found in joined
    )


Order = tuple[int, ...]
Places = tuple[int, ...]
Neighbours = Sequence[Sequence[int]]
"""Positions of the bodies with a block that is needed at the same time as one of a body, by its position."""


def _neighbours(parts: Sequence[Body], network: str) -> Neighbours:
    found: list[list[int]] = [[] for _ in parts]
    alive: list[int] = []
    pairs = 0
    for index in sorted(range(len(parts)), key=lambda index: parts[index].first):
        alive = [other for other in alive if parts[other].last >= parts[index].first]
        pairs += len(alive)
        MEETING_BLOCKS.require(pairs, where=network, error=UnsupportedError)
        met = [other for other in alive if parts[other].meets(parts[index])]
        for other in met:
            found[other].append(index)
        found[index] += met
        alive.append(index)
    return found


def best_places(parts: Sequence[Body], bound: int, network: str) -> Places:
    """Return the place of each body, in the smallest arena that was found; `network` is for messages.

    Searches orders best-first: the one with the lowest arena so far is varied next. Raises UnsupportedError when too
    many blocks are needed at the same time.
    """
    neighbours = _neighbours(parts, network)
    waiting: list[tuple[int, int, int, Order, Places]] = []
    side_by_side = any(len(part.blocks) > 1 for part in parts)
    most_placed = _PLACED_SIDE_BY_SIDE if side_by_side else _PLACED_BLOCKS
    seen: set[Order] = set()
    best: tuple[int, Places] | None = None
    candidates: Iterable[Order] = _orders(parts)
    while True:
        for order in candidates:
            if order in seen:
                continue
            seen.add(order)
            places = _first_fit(parts, order, neighbours)
            height = height_bytes(parts, places)
            if best is None or height < best[0]:
                best = height, places
            if best[0] == bound or len(seen) * len(parts) >= most_placed:
                return best[1]
            excess = _excess(parts, places, bound) if side_by_side else 0
            heappush(waiting, (height, excess, len(seen), order, places))
        if not waiting:
            return best[1] if best else ()
        *_, order, places = heappop(waiting)
        candidates = _variations(parts, order, places, bound)


def _orders(parts: Sequence[Body]) -> Iterator[Order]:
    """Yield orders: largest first, longest first, largest area first, earliest first, most contended."""
    pressure = _pressures(parts)
    later_below: tuple[Callable[[int], tuple[int, ...]], ...] = (
        lambda i: (-parts[i].size_bytes, -parts[i].first),
        lambda i: (len(parts[i].blocks) == 1, -parts[i].first),
        lambda i: (-parts[i].first, -parts[i].size_bytes),
        lambda i: (-pressure[i], -parts[i].first),
        lambda i: (-pressure[i], -parts[i].size_bytes, -parts[i].first),
    )
    keys: tuple[Callable[[int], tuple[int, ...]], ...] = (
        lambda i: (-parts[i].size_bytes, parts[i].first),
        lambda i: (parts[i].first - parts[i].last, -parts[i].size_bytes),
        lambda i: (-parts[i].size_bytes * (parts[i].last - parts[i].first + 1), parts[i].first),
        lambda i: (parts[i].first, -parts[i].last),
        lambda i: (-pressure[i], -parts[i].size_bytes),
        lambda i: (-pressure[i], parts[i].first - parts[i].last, -parts[i].size_bytes),
    )
    if any(len(part.blocks) > 1 for part in parts):
        keys = (*later_below, *keys)
    return (tuple(sorted(range(len(parts)), key=key)) for key in keys)


def _pressures(parts: Sequence[Body]) -> list[int]:
    """Return for each part the most bytes that are needed at one time during its life.

    `levels[k][i]` is the maximum of 2**k values from the one at `i` on.
    """
    live = live_bytes([block for part in parts for block in part.blocks])
    start = next(iter(live), 0)
    levels: list[list[int]] = [list(live.values())]
    while 1 << len(levels) <= len(live):
        half = 1 << (len(levels) - 1)
        levels.append([max(one, other) for one, other in zip(levels[-1], levels[-1][half:], strict=False)])

    def most(first: int, last: int) -> int:
        level = (last - first + 1).bit_length() - 1
        return max(levels[level][first - start], levels[level][last - start - (1 << level) + 1])

    return [most(part.first, part.last) for part in parts]


def _first_fit(parts: Sequence[Body], order: Order, neighbours: Neighbours) -> Places:
    """Return places when blocks are placed in `order`, each as low as the blocks before it allow."""
    places = [-1] * len(parts)
    for index in order:
        placed = [other for other in neighbours[index] if places[other] >= 0]
        below = 0
        for taken in sorted(_taken(parts[index], ((parts[other], places[other]) for other in placed))):
            if taken[0] >= below:
                break
            below = max(below, taken[1])
        places[index] = below
    return tuple(places)


def _taken(body: Body, placed: Iterable[tuple[Body, int]]) -> Iterator[tuple[int, int]]:
    """Yield ranges, without their ends, in which `body` cannot begin, as a block would overlap one of its time."""
    for other, place in placed:
        for met in other.blocks:
            for block in body.blocks:
                if block.meets(met):
                    above = place + met.offset_bytes - block.offset_bytes
                    yield above - block.size_bytes, above + met.size_bytes


def height_bytes(parts: Sequence[Body], places: Places) -> int:
    """Return the size of the arena with `parts` at `places`."""
    return max((place + part.size_bytes for part, place in zip(parts, places, strict=True)), default=0)


def _excess(parts: Sequence[Body], places: Places, bound: int) -> int:
    """Return the sum of the bytes by which bodies are above `bound`."""
    return sum(max(0, place + part.size_bytes - bound) for part, place in zip(parts, places, strict=True))


def _variations(parts: Sequence[Body], order: Order, places: Places, bound: int) -> Iterator[Order]:
    """Yield `order` with one block above the bound moved forward: first, or before one that it meets."""
    tops = {index: place + parts[index].size_bytes for index, place in enumerate(places)}
    too_high = sorted((index for index in order if tops[index] > bound), key=lambda index: -tops[index])
    for index in too_high[:_VARIED_BLOCKS]:
        position = order.index(index)
        met = [place for place in range(position) if parts[order[place]].meets(parts[index])]
        for earlier in (0, *met[:_VARIED_PLACES], *met[-_VARIED_PLACES:]):
            yield (*order[:earlier], index, *order[earlier:position], *order[position + 1 :])
