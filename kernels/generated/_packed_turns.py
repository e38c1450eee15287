"""Turns of a filter whose weights are packed by two channels: single activations, in runs that fields of 16 bits hold.

Turns read the same places, a step apart, as those of quads do. The runs of a turn hold for the weights of all turns and
channels, so that groups share their code.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from _turns import LARGEST_OFFSET_BYTES, Segments, TurnsOfWords
from numpy.typing import NDArray

from scons_tinyml.stages.lowering.thumb.packed import FIELDS, Runs

_MOST = 64
"""Activations of a turn: about 1.5 KiB of code, which flash without a cache delivers in order."""
_MOST_TRIED, _LEAST_TRIED = 10, 2
"""Sizes of turns that are tried, by the number of weights."""
_WEIGHTS_TRIED = 2**21
"""Weights times sizes that are tried: about a second."""
_PRODUCTS_CYCLES, _RUN_CYCLES = 8, 4
"""Cycles of the products of an activation, two channels and two pixels, and of what follows a run."""
_TURN_CYCLES = 9
"""Cycles of reading the step and jumping."""
_CODE_WEIGHT = 0.0005
"""An activation of a turn, 24 bytes of code, counts as much as this part of the cycles."""


@dataclass(frozen=True)
class PackedTurns(TurnsOfWords):
    """The activations of a filter in turns."""

    runs: Runs

    @property
    def words(self) -> int:
        """Words of weights for each activation: both channels are in one."""
        return 1

    @property
    def reaches(self) -> bool:
        """True when all activations are within reach of loads."""
        return max(self.offsets) + self.second_bytes <= LARGEST_OFFSET_BYTES

    @property
    def cycles(self) -> float:
        """Approximate cycles of all turns for two pixels."""
        turn = len(self.offsets) * _PRODUCTS_CYCLES + len(self.runs.lengths) * _RUN_CYCLES
        return (len(self.steps) + 1) * (turn + self.loops * _TURN_CYCLES)


@dataclass(frozen=True)
class Parting:
    """A way to part a filter: what its turns read, for groups of any size."""

    offsets: tuple[int, ...]
    steps: tuple[int, ...]
    order: tuple[int | None, ...]

    def runs(self, weights: NDArray[np.int8]) -> Runs:
        """Return the runs for `weights` [channels, activations]."""
        order = [-1 if index is None else index for index in self.order]
        taken = np.pad(weights, ((0, 0), (0, 1)))[:, order]
        return Runs.of(taken.reshape(len(weights), len(self.steps) + 1, -1))

    def turns(self, channels: int, second_bytes: int, runs: Runs) -> PackedTurns:
        """Return the turns of a group."""
        return PackedTurns(channels, second_bytes, self.offsets, self.steps, self.order, runs)


def best_parting(
    segments: Segments, second_bytes: int, weights: NDArray[np.int8], *, reads_behind: bool
) -> tuple[Parting, Runs] | None:
    """Return the parting that takes least time, or None where loads do not reach.

    With `reads_behind`, turns may be filled up: they read up to 63 bytes behind a filter.
    """
    best: tuple[float, Parting, Runs] | None = None
    tried = max(_LEAST_TRIED, min(_MOST_TRIED, _WEIGHTS_TRIED // max(weights.size, 1)))
    for parting in _partings(segments, tried, reads_behind=reads_behind):
        runs = parting.runs(weights)
        turns = parting.turns(FIELDS, second_bytes, runs)
        cycles = turns.cycles * (1 + _CODE_WEIGHT * len(parting.offsets))
        if turns.reaches and (best is None or cycles < best[0]):
            best = cycles, parting, runs
    return best and best[1:]


def _partings(segments: Segments, tried: int, *, reads_behind: bool) -> Iterator[Parting]:
    """Yield the ways to part a filter: several segments a turn, or one in parts of the largest `tried` sizes."""
    starts, length = segments.starts, segments.quads
    if len({second - first for first, second in pairwise(starts)} | {length}) == 1:
        starts, length = starts[:1], length * len(starts)
    count = len(starts)
    for taken in range(1, count + 1):
        if count % taken or (taken > 1 and taken * length > _MOST):
            continue
        places = starts[::taken]
        rows = [
            tuple(start - place for start in starts[number * taken :][:taken])
            for number, place in enumerate(places)
        ]
        if len(set(rows)) > 1:
            continue
        if taken > 1:
            offsets = tuple(row + activation for row in rows[0] for activation in range(length))
            yield _parting(offsets, places, tuple(range(count * length)))
            continue
        for size in _sizes(length, reads_behind=reads_behind)[-tried:]:
            parts = -(-length // size)
            order = tuple(
                length * number + index if index < length else None
                for number in range(count)
                for index in range(size * parts)
            )
            yield _parting(
                tuple(range(size)), [start + size * part for start in starts for part in range(parts)], order
            )


def _sizes(length: int, *, reads_behind: bool) -> list[int]:
    """Return the sizes of turns for a segment that divide it, or the least for each number of turns, ascending."""
    sizes = range(1, min(length, _MOST) + 1)
    if not reads_behind:
        return [size for size in sizes if length % size == 0]
    return sorted({-(-length // size): size for size in reversed(sizes)}.values())


def _parting(
    offsets: tuple[int, ...], places: tuple[int, ...] | list[int], order: tuple[int | None, ...]
) -> Parting:
    return Parting(offsets, tuple(second - first for first, second in pairwise(places)), order)
