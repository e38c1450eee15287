"""Blocks of i.MX RT: serial ports, interval timers and pins (i.MX RT1060 Reference Manual, IMXRT1060RM)."""

from __future__ import annotations

from collections.abc import Mapping

from scons_tinyml.emulator.devices.blocks.clock import Clock
from scons_tinyml.emulator.devices.blocks.counter import Counter
from scons_tinyml.emulator.devices.blocks.pins import Outside, PinDevice
from scons_tinyml.emulator.devices.blocks.serial import SerialPort
from scons_tinyml.emulator.devices.bus import Registers, System

BLOCK_BYTES = 0x4000


class LowPowerUart(SerialPort):
    """LPUART (chapter 'LPUART'): flags of STAT have the places of their interrupt enables in CTRL."""

    _BAUD, _STAT, _CTRL, _DATA = 0x10, 0x14, 0x18, 0x1C
    _TDRE, _TC, _RDRF, _TE, _RE = 1 << 23, 1 << 22, 1 << 21, 1 << 19, 1 << 18
    _EVENTS = _TDRE | _TC | _RDRF

    def __init__(self, system: System, name: str, start: int, interrupt: int) -> None:
        super().__init__(system, name, start, interrupt, {0x00: 0x0401_0003, self._BAUD: 0x0F00_0004})
        self.size_bytes = BLOCK_BYTES

    @property
    def transmits(self) -> bool:
        """True when TE is set."""
        return bool(self._control & self._TE)

    @property
    def receives(self) -> bool:
        """True when RE is set."""
        return bool(self._control & self._RE)

    @property
    def wants_interrupt(self) -> bool:
        """True when TDRE, TC or RDRF is set with its enable."""
        return bool(self._flags & self._control & self._EVENTS)

    @property
    def _control(self) -> int:
        return self.words.get(self._CTRL, 0)

    @property
    def _flags(self) -> int:
        return self._TDRE | self._TC | (self._RDRF if self.has_received else 0)

    def on_read(self, offset: int) -> int:
        """Return a register, with flags of now. A read of DATA takes the character."""
        if offset == self._DATA:
            return self.take()
        return self._flags if offset == self._STAT else super().on_read(offset)

    def on_write(self, offset: int, value: int) -> None:
        """Store a register. A write of DATA sends."""
        if offset == self._DATA:
            self.send(value)
        elif offset != self._STAT:
            super().on_write(offset, value)
            self.request()


class IntervalTimers(Registers):
    """PIT (chapter 'PIT'): its module control, and the interrupt that its channels share."""

    _MCR, _DISABLED = 0x00, 1 << 1

    def __init__(self, system: System, start: int, interrupt: int) -> None:
        self._system, self._interrupt = system, interrupt
        self.channels: list[IntervalTimer] = []
        super().__init__("PIT", start, {self._MCR: self._DISABLED}, size_bytes=0x100)

    @property
    def enabled(self) -> bool:
        """True unless MDIS is set."""
        return not self.words[self._MCR] & self._DISABLED

    def on_write(self, offset: int, value: int) -> None:
        """Store a register. Channels go on, or stand still, from now."""
        for channel in self.channels:
            channel.settle()
        before = self.enabled
        super().on_write(offset, value)
        for channel in self.channels:
            if self.enabled and not before:
                channel.count_from(channel.count)
            channel.plan()

    def request(self) -> None:
        """Set the level of the interrupt request."""
        self._system.set_line(self._interrupt, any(channel.wants_interrupt for channel in self.channels))


class IntervalTimer(Counter):
    """Channel of PIT: counts down from LDVAL, again and again. A chained one is not there.

    The count of the class goes up: it is what has gone by since LDVAL.
    """

    _LDVAL, _CVAL, _TCTRL, _TFLG = 0x0, 0x4, 0x8, 0xC
    _TEN, _TIE, _TIF = 1 << 0, 1 << 1, 1 << 0

    def __init__(self, system: System, timers: IntervalTimers, number: int, clock: Clock) -> None:
        self._timers = timers
        super().__init__(system, f"PIT{number}", timers.start + 0x100 + 0x10 * number, clock)
        self.size_bytes = 0x10
        timers.channels.append(self)

    def reset(self) -> None:
        """Stop the channel."""
        super().reset()
        self._load = 0

    @property
    def running(self) -> bool:
        """True when TEN is set and the module is enabled."""
        return bool(self.words.get(self._TCTRL, 0) & self._TEN) and self._timers.enabled

    @property
    def prescaler(self) -> int:
        """Ticks in one count: 1."""
        return 1

    @property
    def wanted(self) -> int:
        """Mask of the end of the interval, when its interrupt is enabled and its flag is not set yet."""
        return int(bool(self.words.get(self._TCTRL, 0) & self._TIE) and not self.words.get(self._TFLG, 0))

    @property
    def wants_interrupt(self) -> bool:
        """True when the flag is set and its interrupt enabled."""
        return bool(self.words.get(self._TFLG, 0) and self.words.get(self._TCTRL, 0) & self._TIE)

    def distances(self) -> Mapping[int, int]:
        """Return the counts until the interval is over."""
        return {0: self._load + 1 - self.count}

    def longest_step(self) -> int | None:
        """Return the counts until the interval is over, if another LDVAL is loaded then."""
        changes = self._load != self.words.get(self._LDVAL, 0)
        return self._load + 1 - self.count if changes else None

    def advance(self, counts: int) -> None:
        """Count, starting over with LDVAL."""
        over = self.count + counts - (self._load + 1)
        if over < 0:
            self.count += counts
            return
        self._load = self.words.get(self._LDVAL, 0)
        self.count = over % (self._load + 1)

    def happen(self, events: int) -> None:
        """Set the flag."""
        if events:
            self.words[self._TFLG] = self._TIF
            self._timers.request()

    def on_read(self, offset: int) -> int:
        """Return a register, with counter and flag as of now."""
        self.settle()
        return self._load - self.count if offset == self._CVAL else super().on_read(offset)

    def on_write(self, offset: int, value: int) -> None:
        """Store a register. TEN loads LDVAL; the flag is cleared by writing 1."""
        self.settle()
        if offset == self._TFLG:
            self.words[offset] = self.words.get(offset, 0) & ~value
        elif offset != self._CVAL:
            if offset == self._TCTRL and value & self._TEN and not self.words.get(offset, 0) & self._TEN:
                self._load = self.words.get(self._LDVAL, 0)
                self.count_from(0)
            super().on_write(offset, value)
        self._timers.request()
        self.plan()


class ImxPins(PinDevice):
    """GPIO (chapter 'GPIO'): 32 pins. `pads` has multiplexers and pads of port 1 and 2, whose inputs need them.

    A port with `of` is a second way to the pins of that one.
    """

    _DR, _GDIR, _PSR, _SET, _CLEAR, _TOGGLE = 0x00, 0x04, 0x08, 0x84, 0x88, 0x8C
    _PINS = 32
    _MUX, _PAD, _WITH_PADS = 0xBC, 0x2AC, (1, 2)
    _GPIO, _PULLED, _UP = 5, 3 << 12, 3 << 14

    def __init__(self, number: int, start: int, pads: Registers, of: ImxPins | None = None) -> None:
        self._pads = pads
        self._number: int = of._number if of else number
        names = {} if of else {f"GPIO{number}_IO{pin:02}": pin for pin in range(self._PINS)}
        super().__init__(f"GPIO{number}", start, names, size_bytes=BLOCK_BYTES)
        self.outside: Outside = of.outside if of else self.outside

    def on_read(self, offset: int) -> int:
        """Return a register. PSR has the levels of the pins."""
        if offset == self._PSR:
            return self._levels()
        return super().on_read(self._DR if offset in (self._SET, self._CLEAR, self._TOGGLE) else offset)

    def on_write(self, offset: int, value: int) -> None:
        """Store a register, or set, clear or toggle bits of DR."""
        now = self.words.get(self._DR, 0)
        changes = {self._SET: now | value, self._CLEAR: now & ~value, self._TOGGLE: now ^ value}
        if offset in changes:
            self.words[self._DR] = changes[offset]
        elif offset != self._PSR:
            super().on_write(offset, value)

    def _levels(self) -> int:
        """Return the level of each pin, 0 of one that another block has."""
        outputs, high = self.words.get(self._GDIR, 0), self.words.get(self._DR, 0)
        if self._number not in self._WITH_PADS:
            return self.outside.levels(outputs=outputs, high=high, pulled_up=0)
        first = 4 * self._PINS * (self._number - 1)
        setups = [
            (
                self._pads.on_read(self._MUX + first + 4 * pin),
                self._pads.on_read(self._PAD + first + 4 * pin),
            )
            for pin in range(self._PINS)
        ]
        up = sum(
            1 << pin
            for pin, (_, pad) in enumerate(setups)
            if pad & self._PULLED == self._PULLED and pad & self._UP
        )
        mine = sum(1 << pin for pin, (mux, _) in enumerate(setups) if mux & 7 == self._GPIO)
        return self.outside.levels(outputs=outputs, high=high, pulled_up=up) & mine
