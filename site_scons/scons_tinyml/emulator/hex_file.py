"""Reader of Intel HEX files.

Source: Intel, Hexadecimal Object File Format Specification, revision A (1988): record types 0 to 5.
"""

from __future__ import annotations

import re
from binascii import unhexlify
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from scons_tinyml.emulator.elf_sections import image_bytes
from scons_tinyml.emulator.segment import Segment
from scons_tinyml.records.errors import InputError
from scons_tinyml.records.input_limits import HEX_BYTES, IMAGE_PARTS

_RECORD = re.compile(rb"\s*:[0-9A-Fa-f]{10}")
_DATA, _END, _SEGMENT, _START_SEGMENT, _LINEAR, _START_LINEAR = range(6)
_SIZES = {_END: 0, _SEGMENT: 2, _START_SEGMENT: 4, _LINEAR: 2, _START_LINEAR: 4}
_FIXED_BYTES = 5  # count, address (2), type, checksum


@dataclass(frozen=True)
class _Record:
    kind: int
    address: int
    data: bytes


def looks_like(start: bytes) -> bool:
    """Return whether a file that begins with `start` is Intel HEX.

    Raw firmware never looks like it: its stack pointer would be unaligned.
    """
    return _RECORD.match(start) is not None


def read(path: Path) -> tuple[Segment, ...]:
    """Return runs of bytes without gaps, by address. Raises InputError that names the line."""
    records = list(_data_records(path))
    if not records:
        raise InputError("this Intel HEX file holds no data", where=path)
    return tuple(_joined(path, sorted(records)))


def _data_records(path: Path) -> Iterator[tuple[int, int, bytes]]:
    """Yield (address, line number, bytes) of each data record."""
    base, number = 0, 0
    for number, line in enumerate(image_bytes(path, HEX_BYTES).splitlines(), 1):
        if not line.strip():
            continue
        record = _record(line.strip(), f"{path}:{number}")
        if record.kind == _END:
            return
        if record.kind == _DATA:
            yield base + record.address, number, record.data
        elif record.kind in {_SEGMENT, _LINEAR}:
            base = int.from_bytes(record.data, "big") << (4 if record.kind == _SEGMENT else 16)
    raise InputError(
        "the file ends without its end record ':00000001FF': it is cut off", where=f"{path}:{number}"
    )


def _record(line: bytes, where: str) -> _Record:
    shown = line[:24].decode("ascii", "replace")
    if not line.startswith(b":"):
        raise InputError(
            f"expected a record of Intel HEX, which begins with ':', found {shown!r}", where=where
        )
    try:
        raw = unhexlify(line[1:])
    except ValueError:
        raise InputError(
            f"expected pairs of hexadecimal digits after ':', found {shown!r}", where=where
        ) from None
    if len(raw) < _FIXED_BYTES or len(raw) != raw[0] + _FIXED_BYTES:
        expected = raw[0] + _FIXED_BYTES if raw else _FIXED_BYTES
        raise InputError(f"the record should have {expected} bytes and has {len(raw)}", where=where)
    checksum = -sum(raw[:-1]) & 0xFF
    if raw[-1] != checksum:
        raise InputError(
            f"the checksum is 0x{raw[-1]:02x}, the record adds up to 0x{checksum:02x}", where=where
        )
    kind, data = raw[3], raw[4:-1]
    if kind > _START_LINEAR:
        raise InputError(f"record type {kind} is none of Intel HEX, which has 0 to 5", where=where)
    if kind in _SIZES and len(data) != _SIZES[kind]:
        raise InputError(
            f"a record of type {kind} holds {_SIZES[kind]} bytes, this one {len(data)}", where=where
        )
    return _Record(kind, int.from_bytes(raw[1:3], "big"), data)


def _joined(path: Path, records: list[tuple[int, int, bytes]]) -> Iterator[Segment]:
    start, data, parts = records[0][0], bytearray(), 1
    for address, line, more in records:
        end = start + len(data)
        if address < end:
            raise InputError(f"0x{address:08x} is given twice", where=f"{path}:{line}")
        if address > end:
            parts += 1
            if parts > IMAGE_PARTS:
                raise InputError(f"it has more than {IMAGE_PARTS:,} parts with gaps between them", where=path)
            yield Segment(start, bytes(data), start, len(data))
            start, data = address, bytearray()
        data += more
    yield Segment(start, bytes(data), start, len(data))
