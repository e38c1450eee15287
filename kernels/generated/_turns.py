"""The order in which a filter's quads are multiplied: turns of a loop that read the same places, a step apart.

Activations of a filter are segments of neighbouring quads. A turn takes part of a segment, a whole one or several.
After its weights, the stream says how far the activations of the next turn are: loops have no counters, and filters of
any rows, columns and dilations have the same code. A step of 0 is the last. Quads that fill up a turn have zero
weights.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from _blocks import load_bytes
from _product import WORD_BYTES

from scons_tinyml.stages.lowering.thumb.raw_pairs import EXPANDED_BYTES

_QUAD_CYCLES = {3: 24, 2: 17, 1: 11}
_TURN_CYCLES = 9
"""Cycles of reading the step and jumping."""
_PRODUCT_BYTES = 20
"""Bytes of code of a quad's products of two pixels with a channel."""
_MOST_QUADS = 24
"""More than any turn has."""
_LOOP_BYTES, _SINGLE_BYTES = 704, 620
"""Largest turn, and largest one that is the only one: with requantization and stores it stays in the cache."""
LARGEST_OFFSET_BYTES = 4095
"""Of a load."""


@dataclass(frozen=True)
class Segments:
    """Where the activations of a filter are: segments of `quads` neighbouring quads."""

    starts: tuple[int, ...]
    """Bytes from the first activation of the filter."""
    quads: int

    def joined(self) -> Segments:
        """Return one segment if each begins where the one before ends."""
        steps = {second - first for first, second in pairwise(self.starts)}
        if steps <= {self.quads * EXPANDED_BYTES}:
            return Segments(self.starts[:1], self.quads * len(self.starts))
        return self


@dataclass(frozen=True)
class Turns:
    """The quads of a filter in turns."""

    channels: int
    """That are computed at a time."""
    offsets: tuple[int, ...]
    """Bytes from the first activation of a turn to its quads."""
    steps: tuple[int, ...]
    """Bytes from each turn to the next."""
    order: tuple[int | None, ...]
    """Index of each quad in the filter; None for one that fills up."""

    @property
    def loops(self) -> bool:
        """True when there are several turns, and each ends with a step."""
        return bool(self.steps)

    @property
    def turn_bytes(self) -> int:
        """Bytes of weights and step of a turn."""
        return WORD_BYTES * (self.channels * len(self.offsets) + self.loops)

    @property
    def stream_bytes(self) -> int:
        """Bytes of weights and steps of all turns."""
        return self.turn_bytes * (len(self.steps) + 1)

    @property
    def step_bytes(self) -> int:
        """Bytes from the first turn to the last."""
        return sum(self.steps)

    def code_bytes(self, second_bytes: int) -> int:
        """Return the bytes of code of a turn, without its step."""
        products = len(self.offsets) * self.channels * _PRODUCT_BYTES
        return products + sum(
            load_bytes(2, offset)
            + load_bytes(2, offset + second_bytes)
            + load_bytes(min(2, self.channels), WORD_BYTES * self.channels * number)
            + WORD_BYTES * (self.channels == 3)
            for number, offset in enumerate(self.offsets)
        )

    @property
    def cycles(self) -> int:
        """Approximate cycles of all turns for two pixels."""
        return (len(self.steps) + 1) * (
            len(self.offsets) * _QUAD_CYCLES[self.channels] + self.loops * _TURN_CYCLES
        )


def turns_of(segments: Segments, channels: int, second_bytes: int) -> Turns | None:
    """Return the turns that take least time, or None where loads do not reach the second pixel of a pair.

    It is `second_bytes` behind the first.
    """
    joined = segments.joined()
    found = [
        turns
        for turns in (*_parts(joined, channels), *_wholes(joined, channels))
        if turns.offsets[-1] + second_bytes + WORD_BYTES <= LARGEST_OFFSET_BYTES
        and turns.code_bytes(second_bytes) <= (_LOOP_BYTES if turns.loops else _SINGLE_BYTES)
    ]
    return min(found, key=lambda turns: (turns.cycles, len(turns.offsets)), default=None)


def _parts(segments: Segments, channels: int) -> Iterator[Turns]:
    """Yield turns that take a segment or part of it."""
    for size in range(1, min(segments.quads, _MOST_QUADS) + 1):
        parts = -(-segments.quads // size)
        places = [start + EXPANDED_BYTES * size * part for start in segments.starts for part in range(parts)]
        order = tuple(
            segments.quads * number + quad if quad < segments.quads else None
            for number in range(len(segments.starts))
            for quad in range(size * parts)
        )
        offsets = tuple(EXPANDED_BYTES * quad for quad in range(size))
        yield Turns(channels, offsets, _steps(places), order)


def _wholes(segments: Segments, channels: int) -> Iterator[Turns]:
    """Yield turns that take several segments."""
    count = len(segments.starts)
    for taken in range(2, count + 1):
        if count % taken or taken * segments.quads > _MOST_QUADS:
            continue
        rows = [segments.starts[first : first + taken] for first in range(0, count, taken)]
        patterns = {tuple(start - row[0] for start in row) for row in rows}
        if len(patterns) != 1:
            continue
        (pattern,) = patterns
        offsets = tuple(start + EXPANDED_BYTES * quad for start in pattern for quad in range(segments.quads))
        yield Turns(channels, offsets, _steps([row[0] for row in rows]), tuple(range(count * segments.quads)))


def _steps(places: list[int]) -> tuple[int, ...]:
    return tuple(second - first for first, second in pairwise(places))
