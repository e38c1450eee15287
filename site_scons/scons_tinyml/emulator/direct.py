"""Address of r0 to r15 inside Unicorn, for native code that reads them without a call per register.

Unicorn has no function for that address. A pattern is put into the registers, and searched for in the memory
that Unicorn's own structure points to. Where the search fails, the caller falls back to calls.
"""

from __future__ import annotations

import ctypes
import os
import struct
from collections.abc import Callable

_STRUCTURE_BYTES, _OBJECT_BYTES = 8192, 1 << 18
_COUNT = 13


class _Span(ctypes.Structure):
    _fields_ = (("base", ctypes.c_void_p), ("size", ctypes.c_size_t))


def _reader() -> Callable[[int, int], bytes] | None:
    """Return a function that reads memory of this process, or None where the system has none.

    The function returns b'' for unmapped memory.
    """
    try:
        call = ctypes.CDLL(None, use_errno=True).process_vm_readv
    except (AttributeError, OSError):
        return None

    def read(address: int, size: int) -> bytes:
        buffer = ctypes.create_string_buffer(size)
        here, there = _Span(ctypes.addressof(buffer), size), _Span(address, size)
        got = call(os.getpid(), ctypes.byref(here), 1, ctypes.byref(there), 1, 0)
        return buffer.raw[:got] if got > 0 else b""

    return read


def _read_up_to(read: Callable[[int, int], bytes], address: int, size: int) -> bytes:
    """Return as many of `size` bytes as are mapped, halving the size on failure.

    A call fails as a whole where a page is missing.
    """
    whole = read(address, size)
    return whole if whole or size <= 4096 else _read_up_to(read, address, size // 2)


def registers_address(structure: int, write: Callable[[int, int], None]) -> int | None:
    """Return the address of r0 inside the engine at `structure`, or None if it is not found.

    `write(number, value)` sets one of r0 to r12.
    """
    read = _reader()
    if read is None:
        return None
    found = _search(read, structure, _put_pattern(0xA5C31000, write))
    pattern = _put_pattern(0x5B3CE000, write)
    found = [address for address in found if read(address, len(pattern)) == pattern]
    return found[0] if len(found) == 1 else None


def _put_pattern(seed: int, write: Callable[[int, int], None]) -> bytes:
    """Set r0 to r12 to a pattern. Return its bytes in memory."""
    values = [seed + 0x01010101 * number & 0xFFFFFFFF for number in range(_COUNT)]
    for number, value in enumerate(values):
        write(number, value)
    return struct.pack(f"<{_COUNT}I", *values)


def _search(read: Callable[[int, int], bytes], structure: int, pattern: bytes) -> list[int]:
    """Return the addresses of `pattern` in memory that the structure points to."""
    raw = _read_up_to(read, structure, _STRUCTURE_BYTES)
    found = set()
    for pointer in sorted(set(struct.unpack(f"<{len(raw) // 8}Q", raw[: len(raw) // 8 * 8]))):
        if pointer & 7 or not 0x1000 < pointer < 1 << 47:
            continue
        memory = _read_up_to(read, pointer, _OBJECT_BYTES)
        at = memory.find(pattern)
        while at >= 0:
            found.add(pointer + at)
            at = memory.find(pattern, at + 1)
    return sorted(found)
