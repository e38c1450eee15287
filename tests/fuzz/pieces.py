"""Several pieces in one input: two bytes with the size of each, then the pieces."""

from __future__ import annotations


def joined(*pieces: bytes) -> bytes:
    """The input that `split` takes apart into `pieces`."""
    return b"".join(len(piece).to_bytes(2, "little") for piece in pieces) + b"".join(pieces)


def split(data: bytes, count: int) -> list[bytes]:
    """`count` pieces of any `data`; those that are not there are empty."""
    pieces, at = [], 2 * count
    for index in range(count):
        size = int.from_bytes(data[2 * index : 2 * index + 2], "little")
        pieces.append(data[at : at + size])
        at += size
    return pieces
