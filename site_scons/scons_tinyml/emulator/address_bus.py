"""Route from an access of the core to the register of a device."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from typing import Protocol

from scons_tinyml.emulator.devices.bus import Device
from scons_tinyml.emulator.faults import Access
from scons_tinyml.emulator.memory import PAGE_BYTES
from scons_tinyml.records.errors import InternalError


class Mapper(Protocol):
    """Part of the engine that maps devices."""

    def map_device(
        self,
        address: int,
        size_bytes: int,
        read: Callable[[int, int], int],
        write: Callable[[int, int, int], None],
    ) -> None:
        """Map a device at `address`: `size_bytes` bytes in whole pages.

        Accesses call `read` (address, size in bytes) and `write` (address, size in bytes, value).
        """

    def stop_here(self, *, defer: bool = False) -> None:
        """Stop before the instruction whose access is being served. With `defer` the access is made later."""


class AddressBus:
    """Devices by address.

    The reason of a failed access is kept: an exception in `error`, or the access in `access`. The engine
    stops before the access.
    """

    def __init__(self, devices: Iterable[Device]) -> None:
        self.devices = sorted(devices, key=lambda device: device.start)
        self._starts = [device.start for device in self.devices]
        for low, high in zip(self.devices, self.devices[1:], strict=False):
            if low.start + low.size_bytes > high.start:
                raise InternalError(f"devices {low.name} and {high.name} overlap at 0x{high.start:08x}")
        self.error: Exception | None = None
        self.access: Access | None = None
        self._engine: Mapper | None = None
        self._is_exact: Callable[[], bool] = lambda: True

    def attach(self, engine: Mapper, is_exact: Callable[[], bool]) -> None:
        """Map the pages that hold devices.

        `is_exact` returns whether the clock is right for the access being made.
        """
        self._engine, self._is_exact = engine, is_exact
        for start, end in self.page_runs():
            engine.map_device(start, end - start, self._on_read, self._on_write)

    def forget_problems(self) -> None:
        """Clear `error` and `access`, which were reported."""
        self.error = self.access = None

    def reset(self) -> None:
        """Reset all devices to their state after power-on."""
        for device in self.devices:
            device.reset()

    def load(self, address: int) -> int:
        """Return the word at `address` for a device that is an alias of others.

        Without a device there the access is refused.
        """
        device = self._device(address, 4)
        if device is None:
            self._refuse(Access("read", address, 4))
            return 0
        return device.read(address - device.start, 4)

    def store(self, address: int, value: int) -> None:
        """Write the word `value` at `address` for a device that is an alias of others.

        Without a device there the access is refused.
        """
        device = self._device(address, 4)
        if device is None:
            self._refuse(Access("write", address, 4))
        else:
            device.write(address - device.start, 4, value)

    def serves(self, address: int) -> bool:
        """Return whether the word at `address` belongs to a device."""
        return self._device(address, 4) is not None

    def read_words(self, address: int, size: int) -> bytes:
        """Return `size` bytes of registers at `address`, read in whole words as by a debugger."""
        return b"".join(
            self.load(place).to_bytes(4, "little") for place in range(address, address + size, 4)
        )[:size]

    def write_words(self, address: int, data: bytes) -> None:
        """Write `data` to registers at `address`, in whole words as by a debugger."""
        for offset in range(0, len(data), 4):
            self.store(address + offset, int.from_bytes(data[offset : offset + 4], "little"))

    def _device(self, address: int, size_bytes: int) -> Device | None:
        index = bisect_right(self._starts, address) - 1
        if index < 0:
            return None
        device = self.devices[index]
        return device if address + size_bytes <= device.start + device.size_bytes else None

    def page_runs(self) -> Iterator[tuple[int, int]]:
        """Yield (start, end) of pages with devices, adjacent pages joined."""
        start = end = 0
        for device in self.devices:
            first = device.start // PAGE_BYTES * PAGE_BYTES
            last = -(-(device.start + device.size_bytes) // PAGE_BYTES) * PAGE_BYTES
            if first > end:
                if end:
                    yield start, end
                start = first
            end = max(end, last)
        if end:
            yield start, end

    def _on_read(self, address: int, size_bytes: int) -> int:
        try:
            device = self._serving(Access("read", address, size_bytes))
            if device is not None:
                return device.read(address - device.start, size_bytes) & (1 << 8 * size_bytes) - 1
        except Exception as error:
            self._fail(error)
        return 0

    def _on_write(self, address: int, size_bytes: int, value: int) -> None:
        try:
            device = self._serving(Access("write", address, size_bytes))
            if device is not None:
                device.write(address - device.start, size_bytes, value)
        except Exception as error:
            self._fail(error)

    def _serving(self, access: Access) -> Device | None:
        """Return the device for `access`, or None when the engine stops before it."""
        device = self._device(access.address, access.size_bytes)
        if device is None:
            self._refuse(access)
        elif not self._is_exact():
            self._stop(defer=True)
            return None
        return device

    def _refuse(self, access: Access) -> None:
        self.access = access
        self._stop(defer=False)

    def _fail(self, error: Exception) -> None:
        self.error = error
        self._stop(defer=False)

    def _stop(self, *, defer: bool) -> None:
        if self._engine is not None:
            self._engine.stop_here(defer=defer)
