"""SysTick: a 24-bit counter that runs down with the core's clock (section B3.3)."""

from __future__ import annotations

from scons_tinyml.emulator.devices.bus import Registers, System
from scons_tinyml.emulator.devices.core.exceptions import SYS_TICK
from scons_tinyml.emulator.devices.core.host import CoreHost

_CONTROL, _RELOAD, _CURRENT, _CALIBRATION = 0x0, 0x4, 0x8, 0xC
_ENABLE, _TICKINT, _CLKSOURCE, _COUNTFLAG = 1, 2, 4, 1 << 16
_MASK = 0xFF_FFFF
_NO_REFERENCE_CALIBRATION = 1 << 30  # CALIB.SKEW: ten milliseconds are not known


class SysTick(Registers):
    """Registers from 0xE000_E010: CSR, RVR, CVR, CALIB.

    The counter is not stepped: its value follows from the cycle in which it last was `_value`. The chip
    chooses the reference clock. `reference_cycles` is the number of core cycles in one of its cycles.
    """

    def __init__(self, system: System, host: CoreHost, reference_cycles: int = 8) -> None:
        self._system, self._host, self._reference_cycles = system, host, reference_cycles
        super().__init__("SysTick", 0xE000_E010, {_CALIBRATION: _NO_REFERENCE_CALIBRATION}, size_bytes=0x10)

    def reset(self) -> None:
        """Switch the counter off."""
        super().reset()
        self._value = self._since = self._zeros_seen = 0
        self._plan: object = None
        self._dormant = False

    def on_read(self, offset: int) -> int:
        """Return a register. A read of CSR clears COUNTFLAG; CVR is computed."""
        if offset == _CURRENT:
            return self._now()[0]
        if offset != _CONTROL:
            return super().on_read(offset)
        zeros = self._now()[1]
        counted = _COUNTFLAG if zeros > self._zeros_seen else 0
        self._zeros_seen = zeros
        return self.words.get(_CONTROL, 0) | counted

    def on_write(self, offset: int, value: int) -> None:
        """Store a register. Writing CVR clears it; a new RVR holds from the next reload on."""
        self._rebase(0 if offset == _CURRENT else self._now()[0])
        if offset == _CONTROL:
            self.words[_CONTROL] = value & (_ENABLE | _TICKINT | _CLKSOURCE)
        elif offset == _RELOAD:
            self.words[_RELOAD] = value & _MASK
        self._schedule()

    @property
    def _reload(self) -> int:
        return self.words.get(_RELOAD, 0)

    @property
    def _tick_cycles(self) -> int:
        return 1 if self.words.get(_CONTROL, 0) & _CLKSOURCE else self._reference_cycles

    def _rebase(self, value: int) -> None:
        # A write of a register discards an unread COUNTFLAG; section B3.3.3 says so for CVR.
        self._value, self._since, self._zeros_seen = value, self._system.now(), 0

    def _now(self) -> tuple[int, int]:
        """Return (value, times that zero was reached since `_since`)."""
        if not self.words.get(_CONTROL, 0) & _ENABLE:
            return self._value, 0
        ticks = (self._system.now() - self._since) // self._tick_cycles
        if ticks <= self._value:
            return self._value - ticks, 1 if ticks == self._value and ticks else 0
        if self._reload == 0:
            return 0, 1 if self._value else 0
        periods, position = divmod(ticks - self._value, self._reload + 1)
        return (self._reload + 1 - position) % (self._reload + 1), periods + (1 if self._value else 0)

    def _schedule(self) -> None:
        """Plan the next zero, if it raises the exception."""
        plan = self._plan = object()
        self._dormant = False
        control = self.words.get(_CONTROL, 0)
        if control & _ENABLE and control & _TICKINT and (self._value or self._reload):
            ticks = self._value or self._reload + 1
            self._system.at(self._since + ticks * self._tick_cycles, lambda: self._zero(plan))

    def _zero(self, plan: object) -> None:
        if plan is not self._plan:
            return  # a register was written since
        # While the exception is pending, further zeros only change values that are computed when read.
        self._dormant = self._host.is_pending(SYS_TICK)
        self._host.pend_exception(SYS_TICK)
        if not self._dormant:
            self._next_zero(plan)

    def wake(self) -> None:
        """Count the next zero again, as the exception is no longer pending."""
        if self._dormant:
            self._dormant = False
            self._next_zero(self._plan)

    def _next_zero(self, plan: object) -> None:
        if self._reload:
            ticks = (self._system.now() - self._since) // self._tick_cycles - self._value
            ahead = self._value + (ticks // (self._reload + 1) + 1) * (self._reload + 1)
            self._system.at(self._since + ahead * self._tick_cycles, lambda: self._zero(plan))
