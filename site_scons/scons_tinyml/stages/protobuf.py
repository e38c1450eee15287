"""Fields of a Protocol Buffers message in its wire format, read without its schema.

Source: protobuf.dev, 'Encoding'. It serves to measure messages before their own libraries read them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5
_FIXED_BYTES = {FIXED64: 8, FIXED32: 4}
_MOST_VARINT_BYTES = 10

Value = int | memoryview


class DamagedMessage(ValueError):
    """The bytes are not a message in the wire format."""


def fields(message: memoryview) -> Iterator[tuple[int, Value]]:
    """Yield number and value of each field: an int, or the bytes of a message, text or list.

    Raises DamagedMessage.
    """
    place, end = 0, len(message)
    while place < end:
        tag, place = _varint(message, place)
        kind = tag & 7
        if kind == VARINT:
            number, place = _varint(message, place)
            yield tag >> 3, number
            continue
        if kind == BYTES:
            size, place = _varint(message, place)
        elif kind in _FIXED_BYTES:
            size = _FIXED_BYTES[kind]
        else:
            raise DamagedMessage(f"a field has the kind {kind}")
        if size > end - place:
            raise DamagedMessage(f"a field of {size} bytes has only {end - place}")
        yield tag >> 3, message[place : place + size]
        place += size


def parts(message: memoryview, *path: int) -> Iterator[memoryview]:
    """Yield the messages at the field numbers `path`, one number for each level. Raises DamagedMessage."""
    first, *rest = path
    for number, value in fields(message):
        if number == first and isinstance(value, memoryview):
            if rest:
                yield from parts(value, *rest)
            else:
                yield value


def numbers(message: memoryview, field: int) -> Sequence[int]:
    """Return all numbers of a repeated field, packed or not. Raises DamagedMessage."""
    found: list[int] = []
    for number, value in fields(message):
        if number != field:
            continue
        if isinstance(value, int):
            found.append(value)
            continue
        place = 0
        while place < len(value):
            one, place = _varint(value, place)
            found.append(one)
    return found


def _varint(message: memoryview, place: int) -> tuple[int, int]:
    """Return the number at `place` and the place behind it."""
    value = 0
    for shift in range(_MOST_VARINT_BYTES):
        if place >= len(message):
            break
        byte = message[place]
        place += 1
        value |= (byte & 127) << (7 * shift)
        if byte < 128:
            return value, place
    raise DamagedMessage("a number does not end")
