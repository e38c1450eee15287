"""Made-up inputs of the four networks of MLPerf Tiny, the same in every run."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from scons_tinyml.validation.checkout import Network

_ELEMENTS: dict[Network, int] = {"ad": 640, "ic": 32 * 32 * 3, "kws": 49 * 10, "vww": 96 * 96 * 3}


def made_up_input(network: Network, seed: int = 1) -> bytes:
    """Return the bytes of an input of `network`: 32-bit floats in decibels for ad, else a byte per element."""
    numbers = _numbers(seed)
    if network == "ad":
        decibels = (-80 + 96 * next(numbers) / 256 for _ in range(_ELEMENTS[network]))
        return struct.pack(f"<{_ELEMENTS[network]}f", *decibels)
    return bytes(next(numbers) for _ in range(_ELEMENTS[network]))


def _numbers(seed: int) -> Iterator[int]:
    """Yield numbers from 0 to 255 by Knuth's linear congruential generator (MMIX)."""
    state = seed
    while True:
        state = (state * 6364136223846793005 + 1442695040888963407) % (1 << 64)
        yield state >> 56
