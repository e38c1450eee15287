"""Bit-band aliases of Cortex-M3 and M4 (Cortex-M4 TRM, section 3.4.2).

Each bit of the first megabyte of a region has one word.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from scons_tinyml.emulator.devices.bus import Device, Registers

_REGIONS = ((0x2200_0000, 0x2000_0000), (0x4200_0000, 0x4000_0000))
_BYTES = 0x0200_0000


class Memory(Protocol):
    """Memory of the machine."""

    def is_mapped(self, address: int) -> bool:
        """Return whether memory is at `address`, as opposed to a device or nothing."""

    def read(self, address: int, size: int) -> bytes:
        """Return `size` bytes at `address`."""

    def write(self, address: int, data: bytes) -> None:
        """Write `data` at `address`."""


class BitBand(Registers):
    """Words whose bit 0 stands for a bit of `target`: of memory, or of registers by `load` and `store`."""

    def __init__(
        self,
        start: int,
        target: int,
        memory: Memory,
        load: Callable[[int], int],
        store: Callable[[int, int], None],
    ) -> None:
        super().__init__(f"bits of 0x{target:08x}", start, size_bytes=_BYTES)
        self._target, self._memory, self._load, self._store = target, memory, load, store

    def on_read(self, offset: int) -> int:
        """Return the bit, 0 or 1."""
        address, bit = self._place(offset)
        return self._word(address) >> bit & 1

    def on_write(self, offset: int, value: int) -> None:
        """Read, change and write the word of the bit."""
        address, bit = self._place(offset)
        word = self._word(address) & ~(1 << bit) | (value & 1) << bit
        if self._memory.is_mapped(address):
            self._memory.write(address, word.to_bytes(4, "little"))
        else:
            self._store(address, word)

    def _word(self, address: int) -> int:
        if self._memory.is_mapped(address):
            return int.from_bytes(self._memory.read(address, 4), "little")
        return self._load(address)

    def _place(self, offset: int) -> tuple[int, int]:
        """Return the address of the word, and the number of the bit in it."""
        number = offset >> 2
        return self._target + (number >> 5) * 4, number & 31


def bit_bands(memory: Memory, load: Callable[[int], int], store: Callable[[int, int], None]) -> list[Device]:
    """Return the aliases of RAM and of peripherals. `load` and `store` access a word of a device."""
    return [BitBand(start, target, memory, load, store) for start, target in _REGIONS]
