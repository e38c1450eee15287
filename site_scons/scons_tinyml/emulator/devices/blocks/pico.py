"""Blocks of RP2040 and RP2350: registers with atomic aliases, its timer and its serial port (RP2040 Datasheet)."""

from __future__ import annotations

from collections.abc import Mapping

from scons_tinyml.emulator.devices.blocks.clock import Clock
from scons_tinyml.emulator.devices.blocks.control import ControlRegisters
from scons_tinyml.emulator.devices.blocks.counter import Counter
from scons_tinyml.emulator.devices.blocks.serial import SerialPort
from scons_tinyml.emulator.devices.bus import Registers, System

BLOCK_BYTES = 0x4000
_ALIAS_BYTES = 0x1000


class Atomic(Registers):
    """Aliases that exclusive-or, set and clear bits (section 2.1.2 'Atomic Register Access').

    Narrow writes reach a whole register: the bus repeats the value in all of its lanes (section 2.1.4).
    """

    def read(self, offset: int, size_bytes: int) -> int:
        """Return bytes of a register. All aliases read alike."""
        return super().read(offset % _ALIAS_BYTES, size_bytes)

    def write(self, offset: int, size_bytes: int, value: int) -> None:
        """Write, exclusive-or, set or clear, by the alias."""
        alias, register = divmod(offset & ~3, _ALIAS_BYTES)
        lanes = value * {1: 0x0101_0101, 2: 0x0001_0001, 4: 1}[size_bytes]
        now = self.on_read(register) if alias else 0
        self.on_write(register, (lanes, now ^ lanes, now | lanes, now & ~lanes)[alias])


class AtomicRegisters(Atomic, ControlRegisters):
    """Control registers with atomic aliases."""


class Pads(AtomicRegisters):
    """PADS_BANK0 (section 2.19.6.3): resistors and inputs of the pins, which all have `reset_value` after reset."""

    _FIRST = 0x04
    _PUE, _IE = 1 << 3, 1 << 6

    def __init__(self, start: int, pins: range, reset_value: int) -> None:
        self._pins = pins
        values = {self._FIRST + 4 * pin: reset_value for pin in pins}
        super().__init__("PADS_BANK0", start, values, size_bytes=BLOCK_BYTES)

    @property
    def pulled_up(self) -> int:
        """Pins with their upper resistor on, as bits."""
        return self._pins_with(self._PUE)

    @property
    def inputs(self) -> int:
        """Pins with their input on, as bits."""
        return self._pins_with(self._IE)

    def _pins_with(self, flag: int) -> int:
        return sum(1 << pin for pin in self._pins if self.words[self._FIRST + 4 * pin] & flag)


class Microseconds(Atomic, Counter):
    """TIMER, section 4.6: 64 bits of microseconds, and four alarms on the lower 32.

    Its interrupts follow each other from `interrupt` on, and their registers from `flags` on.
    """

    _TIMEHW, _TIMELW, _TIMEHR, _TIMELR, _ALARM, _ARMED, _TIMERAWH, _TIMERAWL = (
        0,
        4,
        8,
        12,
        16,
        0x20,
        0x24,
        0x28,
    )
    _PAUSE = 0x30
    _ALARMS = range(4)

    def __init__(
        self, system: System, name: str, start: int, clock: Clock, interrupt: int, flags: int
    ) -> None:
        self._latched_high = self._written_low = 0
        self._interrupt = interrupt
        self._INTR, self._INTE, self._INTF, self._INTS = range(flags, flags + 16, 4)
        Counter.__init__(self, system, name, start, clock)
        self.size_bytes = BLOCK_BYTES

    @property
    def running(self) -> bool:
        """True unless paused."""
        return not self.words.get(self._PAUSE, 0) & 1

    @property
    def prescaler(self) -> int:
        """Ticks in one count: 1."""
        return 1

    @property
    def wanted(self) -> int:
        """Mask of armed alarms. Their flags must be set in time, with or without an interrupt."""
        return self.words.get(self._ARMED, 0)

    def distances(self) -> Mapping[int, int]:
        """Return the microseconds until each armed alarm."""
        low = self.count & 0xFFFF_FFFF
        return {
            alarm: (self.words.get(self._ALARM + 4 * alarm, 0) - low - 1) % (1 << 32) + 1
            for alarm in self._ALARMS
            if self.words.get(self._ARMED, 0) >> alarm & 1
        }

    def advance(self, counts: int) -> None:
        """Count up."""
        self.count = (self.count + counts) % (1 << 64)

    def longest_step(self) -> int | None:
        """Return the counts up to the next alarm, as an alarm rings once."""
        return min(self.distances().values(), default=None)

    def happen(self, events: int) -> None:
        """Set the flags of alarms, and disarm them."""
        self.words[self._ARMED] = self.words.get(self._ARMED, 0) & ~events
        self.words[self._INTR] = self.words.get(self._INTR, 0) | events
        self._request()

    def on_read(self, offset: int) -> int:
        """Return a register. Reading the lower half of the time latches the upper one."""
        self.settle()
        high, low = divmod(self.count, 1 << 32)
        if offset == self._TIMELR:
            self._latched_high = high
        times = {
            self._TIMEHR: self._latched_high,
            self._TIMELR: low,
            self._TIMERAWH: high,
            self._TIMERAWL: low,
            self._INTS: self._active,
        }
        return times[offset] if offset in times else super().on_read(offset)

    def on_write(self, offset: int, value: int) -> None:
        """Store a register. Writing an alarm arms it; writing 1 clears flags."""
        self.settle()
        if offset == self._INTR or offset == self._ARMED:
            self.words[offset] = self.words.get(offset, 0) & ~value
        elif offset == self._TIMELW:
            self._written_low = value
        elif offset == self._TIMEHW:
            self.count_from(value << 32 | self._written_low)
        else:
            super().on_write(offset, value)
            alarm = (offset - self._ALARM) // 4
            if alarm in self._ALARMS:
                self.words[self._ARMED] = self.words.get(self._ARMED, 0) | 1 << alarm
        self._request()
        self.plan()

    @property
    def _active(self) -> int:
        return self.words.get(self._INTR, 0) & self.words.get(self._INTE, 0) | self.words.get(self._INTF, 0)

    def _request(self) -> None:
        for alarm in self._ALARMS:
            self.system.set_line(self._interrupt + alarm, bool(self._active >> alarm & 1))


class PicoSerialPort(Atomic, SerialPort):
    """UART, an Arm PL011 (section 4.2). Its FIFO is never full, and characters take no time."""

    _DR, _FR, _CR, _IMSC, _RIS, _MIS, _ICR = 0x00, 0x18, 0x30, 0x38, 0x3C, 0x40, 0x44
    _UARTEN, _TXE, _RXE = 1 << 0, 1 << 8, 1 << 9
    _RXFE, _TXFE, _RXIM, _TXIM = 1 << 4, 1 << 7, 1 << 4, 1 << 5

    def __init__(self, system: System, name: str, start: int, interrupt: int) -> None:
        SerialPort.__init__(self, system, name, start, interrupt, {self._CR: self._TXE | self._RXE})
        self.size_bytes = BLOCK_BYTES

    def reset(self) -> None:
        """Make the port idle and disabled."""
        super().reset()
        self.sent = False  # a character was sent since the interrupt was cleared

    @property
    def transmits(self) -> bool:
        """True when UARTEN and TXE are set."""
        return self._has(self._TXE)

    @property
    def receives(self) -> bool:
        """True when UARTEN and RXE are set."""
        return self._has(self._RXE)

    @property
    def wants_interrupt(self) -> bool:
        """True when a flag of RIS has its mask set."""
        return bool(self._raw & self.words.get(self._IMSC, 0))

    @property
    def _raw(self) -> int:
        return (self._RXIM if self.has_received else 0) | (self._TXIM if self.sent else 0)

    def _has(self, bit: int) -> bool:
        control = self.words.get(self._CR, 0)
        return bool(control & self._UARTEN and control & bit)

    def on_read(self, offset: int) -> int:
        """Return a register, with flags of now. A read of DR takes the character."""
        if offset == self._DR:
            return self.take()
        status = {
            self._FR: self._TXFE | (0 if self.has_received else self._RXFE),
            self._RIS: self._raw,
            self._MIS: self._raw & self.words.get(self._IMSC, 0),
        }
        return status[offset] if offset in status else super().on_read(offset)

    def on_write(self, offset: int, value: int) -> None:
        """Store a register. A write of DR sends."""
        if offset == self._DR:
            self.send(value)
        elif offset == self._ICR:
            self.sent = self.sent and not value & self._TXIM
        else:
            super().on_write(offset, value)
        self.request()
