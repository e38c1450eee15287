"""Weights in flash, and products of some of them with int16 values: bytes or halves of bytes, with and without DSP."""

from __future__ import annotations

from abc import ABC, abstractmethod

import numpy as np
from numpy.typing import NDArray

_NO_LOAD_BEFORE = '__asm__ volatile("" : : : "memory");'
"""Line that GCC moves no load over: what it loads early, it has no register for."""


class Weights(ABC):
    """How weights of several channels lie in flash, turn by turn of the innermost loop.

    In the lines `filter` points to the weights of a turn, and `from_0`, `from_1` to the values of each pixel.
    """

    step: int
    """Weights of a channel in a turn."""
    type: str
    """C type of their array."""
    value_type = "int16_t"
    """Type behind the pointers to values."""
    shift = 0
    """Sums are so many bits further to the left."""

    @abstractmethod
    def arranged(self, turns: NDArray[np.int8]) -> NDArray[np.int8]:
        """Return the bytes [..., bytes of a turn] of weights [..., step]."""

    @abstractmethod
    def lines(self, channels: int, pixels: int, name: str) -> list[str]:
        """Return the lines of a turn, which add to the sums `<name>_<channel>_<pixel>` and move all pointers."""


class Taps(Weights):
    """A byte a weight, one product at a time."""

    step = 1
    type = "int8_t"

    def arranged(self, turns: NDArray[np.int8]) -> NDArray[np.int8]:
        """Return the weights."""
        return turns

    def lines(self, channels: int, pixels: int, name: str) -> list[str]:
        """Return a product for each channel and pixel."""
        lines = _values(pixels, "value")
        for channel in range(channels):
            lines += _added(f"filter[{channel}]", "value", channel, pixels, name)
        return [*lines, f"filter += {channels};"]


class HalfTaps(Weights):
    """Two weights a byte, one product at a time."""

    step = 2
    type = "int8_t"

    def arranged(self, turns: NDArray[np.int8]) -> NDArray[np.int8]:
        """Return bytes with the first weight in the low half."""
        return _halves(turns[..., :1], turns[..., 1:])

    def lines(self, channels: int, pixels: int, name: str) -> list[str]:
        """Return two products for each channel and pixel."""
        lines = [*_values(pixels, "first"), *_values(pixels, "second")]
        for channel in range(channels):
            lines += _added(f"(int8_t)(filter[{channel}] << 4) >> 4", "first", channel, pixels, name)
            lines += _added(f"filter[{channel}] >> 4", "second", channel, pixels, name)
        return [*lines, f"filter += {channels};"]


class Quads(Weights):
    """Four bytes a word, in the order 0, 2, 1, 3: two instructions make pairs of neighbours of them."""

    step = 4
    type = "int32_t"
    value_type = "tinyml_int16_pair"

    def arranged(self, turns: NDArray[np.int8]) -> NDArray[np.int8]:
        """Return the bytes of words."""
        return turns[..., (0, 2, 1, 3)]

    def lines(self, channels: int, pixels: int, name: str) -> list[str]:
        """Return two products of pairs for each channel and pixel."""
        words = [f"(uint32_t)filter[{channel}]" for channel in range(channels)]
        return [*_pairs(words, pixels, name, 0), *_moved(channels, pixels, 2)]


class HalfQuads(Weights):
    """Eight weights a word: its low halves of bytes are those of a quad, and so are the high ones.

    Half a byte is moved to the upper end of a byte, and counts 16 times.
    """

    step = 8
    type = "int32_t"
    value_type = "tinyml_int16_pair"
    shift = 4

    def arranged(self, turns: NDArray[np.int8]) -> NDArray[np.int8]:
        """Return the bytes of words."""
        return _halves(turns[..., (0, 2, 1, 3)], turns[..., (4, 6, 5, 7)])

    def lines(self, channels: int, pixels: int, name: str) -> list[str]:
        """Return four products of pairs for each channel and pixel."""
        low = [f"(uint32_t)filter[{channel}] << 4 & 0xF0F0F0F0u" for channel in range(channels)]
        high = [f"(uint32_t)filter[{channel}] & 0xF0F0F0F0u" for channel in range(channels)]
        halves = [*_pairs(low, pixels, name, 0), _NO_LOAD_BEFORE, *_pairs(high, pixels, name, 2)]
        return [*halves, *_moved(channels, pixels, 4)]


def weights_of(bits: int, *, dsp: bool) -> Weights:
    """Return how weights of 8 or 4 bits lie in flash."""
    if bits == 4:
        return HalfQuads() if dsp else HalfTaps()
    return Quads() if dsp else Taps()


def _halves(low: NDArray[np.int8], high: NDArray[np.int8]) -> NDArray[np.int8]:
    return (low & 15) | (high << 4).astype(np.int8)


def _values(pixels: int, name: str) -> list[str]:
    return [f"const int32_t {name}_{pixel} = *from_{pixel}++;" for pixel in range(pixels)]


def _added(weight: str, values: str, channel: int, pixels: int, name: str) -> list[str]:
    """Return the products of a weight of `channel` with the value of each pixel."""
    lines = [f"const int32_t {values}_weight_{channel} = {weight};"]
    return lines + [
        f"{name}_{channel}_{pixel} += {values}_weight_{channel} * {values}_{pixel};"
        for pixel in range(pixels)
    ]


def _pairs(words: list[str], pixels: int, name: str, first: int) -> list[str]:
    """Return the products of four weights of each channel with two pairs of values, from number `first` on."""
    lines = [
        f"const uint32_t pair_{first + half}_{pixel} = from_{pixel}[{first + half}];"
        for half in range(2)
        for pixel in range(pixels)
    ]
    for channel, word in enumerate(words):
        lines.append(f"const uint32_t word_{first}_{channel} = {word};")
        for half, function in enumerate(("tinyml_weights_0_2", "tinyml_weights_1_3")):
            weights = f"weights_{first + half}_{channel}"
            lines.append(f"const uint32_t {weights} = {function}(word_{first}_{channel});")
            for pixel in range(pixels):
                total = f"{name}_{channel}_{pixel}"
                lines.append(
                    f"{total} = tinyml_add_products({weights}, pair_{first + half}_{pixel}, {total});"
                )
    return lines


def _moved(channels: int, pixels: int, pairs: int) -> list[str]:
    return [*(f"from_{pixel} += {pairs};" for pixel in range(pixels)), f"filter += {channels};"]
