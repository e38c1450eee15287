"""Places of devices that the emulator does not know: reads give 0, and accesses are kept for the result."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from scons_tinyml.emulator.devices.bus import Device
from scons_tinyml.emulator.memory import PAGE_BYTES

SPACES = ((0x4000_0000, 0x6000_0000), (0xE000_0000, 0xE010_0000))
"""Addresses where chips have devices: the region for peripherals, and the core's own (ARMv7-M ARM, B3.1)."""


def is_place_of_devices(address: int) -> bool:
    """Return whether a device may be at `address`."""
    return any(start <= address < end for start, end in SPACES)


@dataclass
class UnknownRegister:
    """Word of an unknown device that firmware has accessed. `pc` is at the first access, or shortly before."""

    address: int
    pc: int
    reads: int = 0
    writes: int = 0


class UnknownDevices:
    """Devices for the gaps between known ones and memory, with one list of accesses."""

    def __init__(self, pc: Callable[[], int]) -> None:
        self._pc = pc
        self._found: dict[int, UnknownRegister] = {}

    @property
    def registers(self) -> tuple[UnknownRegister, ...]:
        """Accessed words, by address."""
        return tuple(found for _, found in sorted(self._found.items()))

    def reset(self) -> None:
        """Forget all accesses."""
        self._found.clear()

    def at(self, address: int) -> UnknownRegister:
        """Return the entry of the word at `address`."""
        word = address & ~3
        return self._found.setdefault(word, UnknownRegister(word, self._pc()))

    def devices(self, taken: Sequence[tuple[int, int]]) -> Iterator[Device]:
        """Yield a device for each gap in `SPACES` between the ranges `taken`, (first address, end)."""
        for place, space_end in SPACES:
            inside = sorted((start, end) for start, end in taken if start < space_end and end > place)
            for start, end in [*inside, (space_end, space_end)]:
                if place < start:
                    yield _Gap(self, place, start - place)
                place = max(place, end)


class _Gap(Device):
    def __init__(self, unknown: UnknownDevices, start: int, size_bytes: int) -> None:
        super().__init__("unknown", start, size_bytes)
        self._unknown = unknown

    def reset(self) -> None:
        """Do nothing: `UnknownDevices` is reset as a whole."""

    def read(self, offset: int, size_bytes: int) -> int:  # noqa: ARG002
        """Return 0, and keep the access."""
        self._unknown.at(self.start + offset).reads += 1
        return 0

    def write(self, offset: int, size_bytes: int, value: int) -> None:  # noqa: ARG002
        """Keep the access alone."""
        self._unknown.at(self.start + offset).writes += 1


def whole_pages(start: int, size_bytes: int) -> tuple[int, int]:
    """Return the range of whole pages that memory of `size_bytes` at `start` takes."""
    return start // PAGE_BYTES * PAGE_BYTES, -(-(start + size_bytes) // PAGE_BYTES) * PAGE_BYTES
