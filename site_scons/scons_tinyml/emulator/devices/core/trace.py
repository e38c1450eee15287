"""DWT, ITM and the debug registers that switch them on (sections C1.6 to C1.8)."""

from __future__ import annotations

from scons_tinyml.emulator.devices.bus import Registers, System

_DEMCR = 0xC
_TRCENA = 1 << 24


class DebugControl(Registers):
    """Registers from 0xE000_EDF0: DHCSR, DCRSR, DCRDR, DEMCR. No debugger is connected: DHCSR reads 0."""

    def __init__(self, trace: CycleCounter) -> None:
        self._trace = trace
        super().__init__("debug control", 0xE000_EDF0, size_bytes=0x10)

    def on_write(self, offset: int, value: int) -> None:
        """Store DEMCR only. TRCENA starts and stops the cycle counter."""
        if offset == _DEMCR:
            self.words[offset] = value
            self._trace.power(bool(value & _TRCENA))


class CycleCounter(Registers):
    """DWT, from 0xE000_1000. CYCCNT counts the cycles of the machine, instructions without timing.

    The other profiling counters stay at 0. A core without CYCCNT says so in CTRL.NOCYCCNT.
    """

    _CTRL, _CYCCNT = 0x0, 0x4
    _ENABLE, _NO_CYCLES = 1, 1 << 25
    _COMPARATORS = 4 << 28  # DWT_CTRL.NUMCOMP of Cortex-M3, M4 and M7 in their technical reference manuals

    def __init__(self, system: System, *, counts_cycles: bool) -> None:
        self._system = system
        reads = self._COMPARATORS if counts_cycles else 2 << 28 | self._NO_CYCLES
        self._powered = False
        super().__init__("DWT", 0xE000_1000, {self._CTRL: reads}, size_bytes=0x1000)

    def reset(self) -> None:
        """Stop the counter at 0."""
        super().reset()
        self._powered = False
        self._count = self._since = 0

    def power(self, on: bool) -> None:
        """Switch the counter on or off, by DEMCR.TRCENA."""
        self._rebase(self._cycles())
        self._powered = on

    def on_read(self, offset: int) -> int:
        """Return a register. CYCCNT is computed."""
        return self._cycles() if offset == self._CYCCNT else super().on_read(offset)

    def on_write(self, offset: int, value: int) -> None:
        """Store a register. CTRL.CYCCNTENA starts and stops the counter; CYCCNT can be set."""
        self._rebase(value if offset == self._CYCCNT else self._cycles())
        if offset == self._CTRL:
            self.words[offset] = self._reset_values[offset] | value & self._writable
        elif offset != self._CYCCNT:
            super().on_write(offset, value)

    @property
    def _writable(self) -> int:
        return 0 if self._reset_values[self._CTRL] & self._NO_CYCLES else 0x00FF_FFFF

    @property
    def _runs(self) -> bool:
        return self._powered and bool(self.words[self._CTRL] & self._ENABLE)

    def _rebase(self, count: int) -> None:
        self._count, self._since = count, self._system.now()

    def _cycles(self) -> int:
        passed = self._system.now() - self._since if self._runs else 0
        return self._count + passed & 0xFFFF_FFFF


class TracePorts(Registers):
    """ITM, from 0xE000_0000. Bytes written to an enabled stimulus port are output of channel 'itm'.

    As on the chip nothing is enabled after reset. The firmware has to enable a port where a debugger
    would do it.
    """

    _PORTS_END, _ENABLES, _PRIVILEGE, _CONTROL = 0x80, 0xE00, 0xE40, 0xE80

    def __init__(self, system: System) -> None:
        self._system = system
        super().__init__("ITM", 0xE000_0000, size_bytes=0x1000)

    def on_read(self, offset: int) -> int:
        """Return a register. An enabled stimulus port reads 1, as it always takes data."""
        return int(self._enabled(offset)) if offset < self._PORTS_END else super().on_read(offset)

    def write(self, offset: int, size_bytes: int, value: int) -> None:
        """Write a register. The size of a write to a port is the number of bytes sent."""
        if offset >= self._PORTS_END:
            super().write(offset, size_bytes, value)
        elif self._enabled(offset):
            self._system.output("itm", value.to_bytes(4, "little")[:size_bytes])

    def _enabled(self, offset: int) -> bool:
        return bool(
            self.words.get(self._CONTROL, 0) & 1 and self.words.get(self._ENABLES, 0) >> offset // 4 & 1
        )
