"""Multiplications of a block of outputs: which words of a plane meet which words of weights.

A word of a plane has two neighbours of a run, the one at the even column below. A word of weights has two taps. SMLAD
takes two products where two taps meet a word; SMLABB and its kin take one, of any half of both. Without the DSP
extension what is loaded is one value or one tap, and MLA takes their product.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from _depthwise_walk import LANE_BYTES, WORD_BYTES, Walk
from numpy.typing import NDArray

Tap = tuple[int, int]
"""Row and column of the filter."""
_HALVES = "bt"


@dataclass(frozen=True)
class Word:
    """A word of the plane: its row, and its number in that row, both from the first value that a block reads."""

    row: int
    number: int

    def further(self, words: int) -> Word:
        """Return the word that is `words` further on in the row."""
        return Word(self.row, self.number + words)


@dataclass(frozen=True)
class Multiply:
    """One instruction: sums[output] += one or two products of a word and the word `weights` of the packing."""

    mnemonic: str
    output: int
    word: Word
    weights: int

    def further(self, words: int) -> Multiply:
        """Return the same of a block that begins `words` further on."""
        return replace(self, word=self.word.further(words))


@dataclass(frozen=True)
class Packing:
    """The taps of each word of weights, two of 16 bits, or of each half of one; None where there is none."""

    words: tuple[tuple[Tap | None, ...], ...]

    @cached_property
    def _pairs(self) -> dict[tuple[Tap, Tap], int]:
        return {
            (low, high): number
            for number, (low, *rest) in enumerate(self.words)
            for high in rest
            if low is not None and high is not None
        }

    @cached_property
    def _singles(self) -> dict[Tap, tuple[int, int]]:
        """The first word that holds each tap, and the half in which it is."""
        found: dict[Tap, tuple[int, int]] = {}
        for number, word in enumerate(self.words):
            for half, tap in enumerate(word):
                if tap is not None:
                    found.setdefault(tap, (number, half))
        return found

    def pair(self, low: Tap, high: Tap) -> int:
        """Return the word that holds both taps."""
        return self._pairs[low, high]

    def single(self, tap: Tap) -> tuple[int, int]:
        """Return a word that holds `tap`, and the half in which it is."""
        return self._singles[tap]

    @property
    def word_bytes(self) -> int:
        """Bytes of each of `words`."""
        return LANE_BYTES * len(self.words[0])

    @property
    def stream_words(self) -> int:
        """Words of the stream that a channel's weights take."""
        return -(-self.word_bytes * len(self.words) // WORD_BYTES)

    def pack(self, weights: NDArray[np.int64], columns: int) -> NDArray[np.int32]:
        """Return `weights` [channels, taps of 16 bits] as [channels, words of the stream]."""
        parts = len(self.words[0])
        values = np.zeros((len(weights), WORD_BYTES // LANE_BYTES * self.stream_words), np.int64)
        for number, word in enumerate(self.words):
            for part, tap in enumerate(word):
                if tap is not None:
                    values[:, number * parts + part] = weights[:, tap[0] * columns + tap[1]]
        return np.ascontiguousarray(values.astype("<i2")).view("<i4")


def _met(walk: Walk, outputs: int) -> Iterator[tuple[int, int, int | None, int]]:
    """Yield output, column, tap that meets the upper half or None, and first tap, of each instruction of a row."""
    along = walk.along
    for output in range(outputs):
        tap = 0
        while tap < along.filter:
            column = along.stride * output + along.dilation * tap
            paired = walk.lanes > 1 and column % 2 == 0 and along.dilation == 1 and tap + 1 < along.filter
            yield output, column, tap + 1 if paired else None, tap
            tap += 2 if paired else 1


def packed_in_registers(walk: Walk, outputs: int) -> Packing:
    """Return the fewest words for blocks of `outputs`: taps without a partner share words, of different rows too."""
    pairs, singles = _pairs_and_singles(walk, outputs)
    rows = range(walk.across.filter)
    words: list[tuple[Tap | None, ...]] = [((row, low), (row, high)) for row in rows for low, high in pairs]
    left = [(row, tap) for row in rows for tap in singles]
    words += _by_two(left)
    return Packing(tuple(words))


def packed_by_rows(walk: Walk, outputs: int) -> Packing:
    """Return words for blocks of `outputs` in the order in which they are read, as many for each row of the filter."""
    pairs, singles = _pairs_and_singles(walk, outputs)
    words: list[tuple[Tap | None, ...]] = []
    for row in range(walk.across.filter):
        found: list[tuple[Tap | None, ...]] = [((row, low), (row, high)) for low, high in pairs]
        found += (
            _by_two([(row, tap) for tap in singles]) if walk.lanes > 1 else [((row, tap),) for tap in singles]
        )
        words += sorted(found, key=lambda word: word[0] or (0, 0))
    return Packing(tuple(words))


def _pairs_and_singles(walk: Walk, outputs: int) -> tuple[list[tuple[int, int]], list[int]]:
    """Return the pairs of a row of the filter, and its taps that are in no pair."""
    met = list(_met(walk, outputs))
    pairs = sorted({(tap, above) for _, _, above, tap in met if above is not None})
    covered = {tap for pair in pairs for tap in pair}
    return pairs, [tap for tap in range(walk.along.filter) if tap not in covered]


def _by_two(taps: list[Tap]) -> list[tuple[Tap | None, ...]]:
    return [
        (taps[first], taps[first + 1] if first + 1 < len(taps) else None) for first in range(0, len(taps), 2)
    ]


def multiplies(walk: Walk, packing: Packing, outputs: int) -> list[Multiply]:
    """Return the instructions of `outputs` outputs, in the order of words: those of all rows side by side."""
    found = []
    for row in range(walk.across.filter):
        for output, column, above, tap in _met(walk, outputs):
            if above is not None:
                number, mnemonic = packing.pair((row, tap), (row, above)), "smlad"
            else:
                number, half = packing.single((row, tap))
                mnemonic = f"smla{_HALVES[column % 2]}{_HALVES[half]}" if walk.lanes > 1 else "mla"
            found.append(Multiply(mnemonic, output, Word(row, column // walk.lanes), number))
    return sorted(found, key=lambda step: (step.word.number, step.word.row, step.output))
