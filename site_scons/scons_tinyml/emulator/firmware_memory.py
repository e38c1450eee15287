"""Memory of the firmware, for parts of the machine that follow its pointers: semihosting, and devices with DMA."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from scons_tinyml.emulator.engine import Engine
    from scons_tinyml.emulator.faults import FaultTeller


class FirmwareMemory:
    """Memory at addresses and of lengths that firmware gives. Raises FirmwareFault where there is none."""

    def __init__(self, engine: Engine, teller: FaultTeller) -> None:
        self._engine, self._teller = engine, teller

    def read(self, address: int, size: int) -> bytes:
        """Return `size` bytes at `address`. Nothing is allocated for those that do not exist."""
        self._require("read", address, size)
        return self._engine.read(address, size) if size else b""

    def write(self, address: int, data: bytes) -> None:
        """Write `data` at `address`."""
        self._require("write", address, len(data))
        if data:
            self._engine.write(address, data)

    def available(self, address: int, most: int) -> int:
        """Return the number of bytes of memory from `address` on, at most `most`."""
        found = 0
        while found < most and (more := self._engine.mapped_bytes(address + found)):
            found += more
        return min(found, most)

    def _require(self, verb: str, address: int, size: int) -> None:
        found = self.available(address, size)
        if found < size:
            raise self._teller.fault(
                f"a device or the debugger is to {verb} {size:,} bytes at 0x{address:08x}, where memory has "
                f"{found:,} bytes",
                self._engine.pc(),
            )
