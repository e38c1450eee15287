"""The order in which a filter's quads are multiplied: turns of a loop that read the same places, a step apart.

Activations of a filter are segments of neighbouring quads. A turn takes part of a segment, a whole one or several, or
some channels of all pixels of a segment. After its weights, the stream says how far the activations of the next turn
are: loops have no counters, and filters of any rows, columns and dilations have the same code. A step of 0 is the
last. Quads that fill up a turn have zero weights. Within a turn, activations that the second pixel of a pair has read
are the next of the first one, where that can be: they are loaded once.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import pairwise

from _blocks import load_bytes
from _product import WORD_BYTES

from scons_tinyml.stages.lowering.thumb.raw_pairs import EXPANDED_BYTES

_TURN_CYCLES = 9
"""Cycles of reading the step and jumping."""
_LINE_BYTES = 32
"""Bytes of code that take a cycle more, on chips with a cache of such lines."""
_PRODUCT_BYTES, _PRODUCT_CYCLES = 20, 5
"""Code of a quad's products of two pixels with a channel."""
_MOST_QUADS = 24
"""More than any turn has."""
_LOOP_BYTES, _SINGLE_BYTES = 704, 620
"""Largest turn, and largest one that is the only one: with requantization and stores it stays in the cache."""
LARGEST_OFFSET_BYTES = 4095
"""Of a load."""


@dataclass(frozen=True)
class Segments:
    """Places of the activations of a filter: segments of `quads` neighbouring quads."""

    starts: tuple[int, ...]
    """Bytes from the first activation of the filter."""
    quads: int
    pixels: int = 1
    """Of a segment."""

    def joined(self) -> Segments:
        """Return one segment if each begins where the one before ends."""
        count = len(self.starts)
        steps = {second - first for first, second in pairwise(self.starts)}
        if steps <= {self.quads * EXPANDED_BYTES}:
            return Segments(self.starts[:1], self.quads * count, self.pixels * count)
        return self


@dataclass(frozen=True)
class Quad:
    """Loads for a quad: activations that a pixel had before are the other one's now, or its own."""

    places: tuple[int, int]
    """Bytes from the first activation of a turn to those of both pixels."""
    exchanges: bool
    """True when the first pixel takes what the second one had."""
    loads: tuple[bool, bool]
    """Whether the activations of each pixel are loaded."""


@dataclass(frozen=True)
class TurnsOfWords:
    """Turns of a group of channels: what they read of a stream of words, and where their activations are."""

    channels: int
    """Channels that are computed at a time."""
    second_bytes: int
    """Bytes from the activations of the first pixel of a pair to those of the second."""
    offsets: tuple[int, ...]
    """Bytes from the first activation of a turn to its quads, or single activations."""
    steps: tuple[int, ...]
    """Bytes from each turn to the next."""
    order: tuple[int | None, ...]
    """Index of each quad, or activation, in the filter; None for one that fills up."""

    @property
    def words(self) -> int:
        """Words of weights for each of `offsets`."""
        return self.channels

    @property
    def loops(self) -> bool:
        """True when there are several turns, and each ends with a step."""
        return bool(self.steps)

    @property
    def turn_bytes(self) -> int:
        """Bytes of weights and step of a turn."""
        return WORD_BYTES * (self.words * len(self.offsets) + self.loops)

    @property
    def stream_bytes(self) -> int:
        """Bytes of weights and steps of all turns."""
        return self.turn_bytes * (len(self.steps) + 1)

    @property
    def step_bytes(self) -> int:
        """Bytes from the first turn to the last."""
        return sum(self.steps)


class Turns(TurnsOfWords):
    """The quads of a filter in turns."""

    @cached_property
    def quads(self) -> list[Quad]:
        """The quads of a turn."""
        found: list[Quad] = []
        held: tuple[int, ...] = (-1, -1)
        for offset in self.offsets:
            places = (offset, offset + self.second_bytes)
            exchanges = held[1] == places[0] != held[0]
            held = held[::-1] if exchanges else held
            found.append(Quad(places, exchanges, (held[0] != places[0], held[1] != places[1])))
            held = places
        return found

    @property
    def reaches(self) -> bool:
        """True when all activations are within reach of loads."""
        return max(self.offsets) + self.second_bytes + WORD_BYTES <= LARGEST_OFFSET_BYTES

    @property
    def fits(self) -> bool:
        """True when the code of a turn stays in the instruction cache with what is around it."""
        return self._code_bytes <= (_LOOP_BYTES if self.loops else _SINGLE_BYTES)

    @property
    def cycles(self) -> float:
        """Approximate cycles of all turns for two pixels."""
        loads = sum(2 * sum(quad.loads) + min(2, self.channels) for quad in self.quads)
        alone = (2 if self.channels == 3 else 0) + 1
        turn = loads + len(self.offsets) * (self.channels * _PRODUCT_CYCLES + alone)
        return (len(self.steps) + 1) * (turn + self._code_bytes / _LINE_BYTES + self.loops * _TURN_CYCLES)

    @property
    def _code_bytes(self) -> int:
        """Bytes of code of a turn, without its step."""
        count = self.channels
        return sum(
            sum(load_bytes(2, place) for place, loads in zip(quad.places, quad.loads, strict=True) if loads)
            + load_bytes(min(2, count), WORD_BYTES * count * number)
            + WORD_BYTES * (count == 3)
            + count * _PRODUCT_BYTES
            for number, quad in enumerate(self.quads)
        )


@cache
def turns_of(segments: Segments, channels: int, second_bytes: int) -> Turns | None:
    """Return the turns that take least time, or None where loads do not reach the second pixel of a pair.

    It is `second_bytes` behind the first.
    """
    joined = segments.joined()
    ways = (_parts(joined), _wholes(joined, second_bytes), _pixels(joined))
    found = [_turns(part, channels, second_bytes) for way in ways for part in way]
    possible = [turns for turns in found if turns.reaches and turns.fits]
    return min(possible, key=lambda turns: (turns.cycles, len(turns.offsets)), default=None)


@dataclass(frozen=True)
class _Part:
    """A way to part a filter."""

    offsets: list[int]
    """Of the quads of a turn, ascending or not."""
    places: list[int]
    """Of the turns."""
    order: list[int | None]
    """Of the quads in the filter."""


def _turns(part: _Part, channels: int, second_bytes: int) -> Turns:
    """Return the turns of `part`, with quads in an order in which one pixel's are the other's before."""
    size = len(part.offsets)
    chained = _chained(part.offsets, second_bytes)
    order = tuple(part.order[first + quad] for first in range(0, len(part.order), size) for quad in chained)
    steps = tuple(second - first for first, second in pairwise(part.places))
    return Turns(channels, second_bytes, tuple(part.offsets[quad] for quad in chained), steps, order)


def _chained(offsets: list[int], second_bytes: int) -> list[int]:
    """Return indices of `offsets` in chains, each `second_bytes` behind the one before."""
    left = {offset: index for index, offset in sorted(enumerate(offsets), key=lambda item: item[1])}
    chained: list[int] = []
    while left:
        offset = next(iter(left))
        while offset in left:
            chained.append(left.pop(offset))
            offset += second_bytes
    return chained


def _parts(segments: Segments) -> Iterator[_Part]:
    """Yield turns that take a segment or part of it."""
    count = len(segments.starts)
    for size in range(1, min(segments.quads, _MOST_QUADS) + 1):
        parts = -(-segments.quads // size)
        places = [start + EXPANDED_BYTES * size * part for start in segments.starts for part in range(parts)]
        order = [
            segments.quads * number + quad if quad < segments.quads else None
            for number in range(count)
            for quad in range(size * parts)
        ]
        yield _Part([EXPANDED_BYTES * quad for quad in range(size)], places, order)


def _wholes(segments: Segments, second_bytes: int) -> Iterator[_Part]:
    """Yield turns that take several segments, neighbours or those with the distance of the two pixels."""
    count = len(segments.starts)
    numbers = list(range(count))
    sequences = [numbers]
    apart = sum(start < second_bytes for start in segments.starts)
    if 1 < apart < count and segments.starts[apart] == second_bytes:
        sequences.append([number for first in range(apart) for number in numbers[first::apart]])
    for taken in range(2, count + 1):
        if count % taken or taken * segments.quads > _MOST_QUADS:
            continue
        for sequence in sequences:
            rows = [sequence[first : first + taken] for first in range(0, count, taken)]
            places = [segments.starts[row[0]] for row in rows]
            patterns = {
                tuple(segments.starts[number] - place for number in row)
                for row, place in zip(rows, places, strict=True)
            }
            if len(patterns) == 1:
                quads = range(segments.quads)
                offsets = [start + EXPANDED_BYTES * quad for start in next(iter(patterns)) for quad in quads]
                yield _Part(
                    offsets, places, [segments.quads * number + quad for number in sequence for quad in quads]
                )


def _pixels(segments: Segments) -> Iterator[_Part]:
    """Yield turns that take some channels of all pixels of a segment."""
    each = segments.quads // segments.pixels
    for taken in range(1, each):
        if each % taken or taken * segments.pixels > _MOST_QUADS:
            continue
        within = [each * pixel + quad for quad in range(taken) for pixel in range(segments.pixels)]
        turns = [
            (segment, first) for segment in range(len(segments.starts)) for first in range(0, each, taken)
        ]
        places = [segments.starts[segment] + EXPANDED_BYTES * first for segment, first in turns]
        order: list[int | None] = [
            segments.quads * segment + first + quad for segment, first in turns for quad in within
        ]
        yield _Part([EXPANDED_BYTES * quad for quad in within], places, order)
