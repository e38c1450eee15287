"""Inputs by mutation of valid ones, without coverage: what CI uses, and what runs where there is no atheris."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from random import Random

_NUMBERS = (b"0", b"-1", b"1e400", b"NaN", b"9" * 30, b"4294967295", b"18446744073709551616", b"0x0", b"")
_WORDS = (0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0xFFFF, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF)


def inputs(seeds: Sequence[bytes], tokens: Sequence[bytes], seed: int) -> Iterator[bytes]:
    """Yield inputs without end: the `seeds` themselves, then changed ones, the same for the same `seed`."""
    yield from seeds
    random = Random(seed)
    while True:
        data = bytearray(random.choice(seeds))
        for _ in range(random.choice((1, 1, 1, 2, 3, 8))):
            _change(random, data, seeds, tokens)
        yield bytes(data)


def _change(random: Random, data: bytearray, seeds: Sequence[bytes], tokens: Sequence[bytes]) -> None:
    at, length = random.randrange(len(data) + 1), random.choice((1, 1, 2, 4, 16, 64))
    match random.randrange(8):
        case 0 if data:
            data[at % len(data)] ^= 1 << random.randrange(8)
        case 1:
            del data[at : at + length]
        case 2:
            data[at:at] = data[at : at + length] * random.choice((1, 2, 50))
        case 3:
            other = random.choice(seeds)
            place = random.randrange(len(other) + 1)
            data[at : at + random.choice((0, length))] = other[place : place + length]
        case 4:
            data[at : at + random.choice((0, 1, length))] = random.choice((*tokens, *_NUMBERS))
        case 5:
            size = random.choice((1, 2, 4))
            word = random.choice(_WORDS) & (1 << 8 * size) - 1
            place = at // size * size
            data[place : place + size] = word.to_bytes(size, "little")
        case 6:
            del data[at:]
        case _:
            data[at : at + length] = random.randbytes(length)
