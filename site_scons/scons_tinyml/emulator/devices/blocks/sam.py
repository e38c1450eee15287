"""Blocks of SAM D21 and SAM D51: generic clocks, serial ports, timers and pins.

Sources: SAM D21 and SAM D5x/E5x data sheets (DS40001882, DS60001507), and the chip maker's CMSIS headers. Registers are
synchronized at once: nothing is ever busy.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from scons_tinyml.emulator.devices.blocks.clock import Clock
from scons_tinyml.emulator.devices.blocks.counter import Counter
from scons_tinyml.emulator.devices.blocks.pins import PinDevice
from scons_tinyml.emulator.devices.blocks.serial import SerialPort
from scons_tinyml.emulator.devices.bus import Device, Registers, System

BLOCK_BYTES = 0x400
_MOST_POWER = 17


@dataclass(frozen=True)
class Generator:
    """Generator of a generic clock: number of its source, and divider."""

    source: int
    divider: int


def generator_divider(value: int, *, power_of_two: bool) -> int:
    """Return what DIV of a generator divides by; with DIVSEL it is a power of two, of 17 bits at most."""
    return 1 << min(value + 1, _MOST_POWER) if power_of_two else max(value, 1)


class ClockNet:
    """Generators and channels of generic clocks (chapter 'GCLK'), and the divider of the core's clock.

    `source_hz` gives the speed of a source in Hz by its number, 0 for one that does not run.
    """

    def __init__(self, system: System, source_hz: Callable[[int], int], of_first: int) -> None:
        self._system, self._source_hz, self._of_first = system, source_hz, of_first
        self.generators: dict[int, Generator] = {}
        self.channels: dict[int, int] = {}
        """Generator of each channel that is enabled."""
        self.core_divider = 1
        self._clocks: dict[int, Clock] = {}
        self._core_hz = 0
        self._asked: set[int] = set()

    def clock(self, channel: int) -> Clock:
        """Return the clock of a channel, for timers."""
        found = self._clocks.setdefault(channel, Clock())
        self.update(notify=False)
        return found

    def runs(self, channel: int) -> bool:
        """Return whether a channel has a clock."""
        return bool(self._channel_hz(channel))

    def update(self, *, notify: bool = True) -> None:
        """Follow a change. The machine is notified of a new speed of the core, unless told not to."""
        core_hz = self.generator_hz(0) // self.core_divider
        if core_hz and core_hz != self._core_hz:
            self._core_hz = core_hz
            if notify:
                self._system.set_core_clock(core_hz)
        for channel, clock in self._clocks.items():
            hz = self._channel_hz(channel)
            if hz:
                clock.set(Fraction(self._core_hz, hz))

    def generator_hz(self, number: int) -> int:
        """Return the speed of a generator in Hz, 0 while it is off, or feeds itself."""
        generator = self.generators.get(number)
        if generator is None or number in self._asked:
            return 0
        self._asked.add(number)
        try:
            first = generator.source == self._of_first
            source_hz = self.generator_hz(1) if first else self._source_hz(generator.source)
            return source_hz // generator.divider
        finally:
            self._asked.discard(number)

    def _channel_hz(self, channel: int) -> int:
        generator = self.channels.get(channel)
        return 0 if generator is None else self.generator_hz(generator)


class SercomPort(SerialPort):
    """SERCOM as a USART (chapter 'SERCOM USART'). `lines` are its interrupts by flag: one for all, or one each."""

    _CTRLA, _CTRLB, _INTEN, _INTFLAG, _SYNCBUSY, _DATA = 0x00, 0x04, 0x14, 0x18, 0x1C, 0x28
    _SWRST, _ENABLE, _MODE, _USART = 1 << 0, 1 << 1, 7 << 2, (0 << 2, 1 << 2)
    _TXEN, _RXEN = 1 << 16, 1 << 17
    _DRE, _TXC, _RXC = 1 << 0, 1 << 1, 1 << 2

    def __init__(self, system: System, name: str, start: int, lines: Mapping[int, int]) -> None:
        self._lines = dict(lines)
        self._enabled = 0
        super().__init__(system, name, start, next(iter(lines)))

    def reset(self) -> None:
        """Make the port idle and disabled."""
        super().reset()
        self.sent, self._enabled = False, 0

    @property
    def transmits(self) -> bool:
        """True when ENABLE and TXEN are set, in a mode of USARTs."""
        return self._has(self._TXEN)

    @property
    def receives(self) -> bool:
        """True when ENABLE and RXEN are set, in a mode of USARTs."""
        return self._has(self._RXEN)

    def _has(self, bit: int) -> bool:
        control = self.words.get(self._CTRLA, 0)
        on = control & self._ENABLE and control & self._MODE in self._USART
        return bool(on and self.words.get(self._CTRLB, 0) & bit)

    @property
    def flags(self) -> int:
        """Flags DRE, TXC and RXC of now."""
        found = self._DRE if self.transmits else 0
        return found | (self._TXC if self.sent else 0) | (self._RXC if self.has_received else 0)

    @property
    def wants_interrupt(self) -> bool:
        """True when a flag is set whose interrupt is enabled."""
        return bool(self.flags & self._enabled)

    def request(self) -> None:
        """Set the levels of the interrupt requests."""
        active = self.flags & self._enabled
        for interrupt, flags in self._lines.items():
            self.system.set_line(interrupt, bool(active & flags))

    def on_read(self, offset: int) -> int:
        """Return a register, with flags of now. A read of DATA takes the character."""
        if offset == self._DATA:
            return self.take()
        fixed = {
            self._INTEN: self._enabled | self._enabled << 16,  # INTENCLR and INTENSET
            self._INTFLAG: self.flags,
            self._SYNCBUSY: 0,
        }
        return fixed[offset] if offset in fixed else super().on_read(offset)

    def on_write(self, offset: int, value: int) -> None:
        """Store a register. A write of DATA sends; flags are cleared by writing 1."""
        if offset == self._DATA:
            self.send(value)
        elif offset == self._INTEN:
            self._enabled = (self._enabled & ~value | value >> 16) & 0xFF
        elif offset == self._INTFLAG:
            self.sent = self.sent and not value & self._TXC
        elif offset == self._CTRLA and value & self._SWRST:
            self.reset()
        else:
            super().on_write(offset, value)
        self.request()


@dataclass(frozen=True)
class TimerPlaces:
    """Offsets of the registers of a TC. Interrupt registers follow each other: clear, set, flags, status."""

    interrupts: int
    count: int
    compare: int
    wave: int | None = None
    """Register of the waveform; None where it is a field of CTRLA."""


class SamTimer(Counter):
    """TC (chapter 'TC'): counts its generic clock up or down, with the match interrupts. Capture and PWM are not there.

    In the modes match frequency and match PWM it starts over after channel 0.
    """

    _CTRLA, _CTRLB = 0x00, 0x04
    _SWRST, _ENABLE = 1 << 0, 1 << 1
    _BITS = (16, 8, 32, 16)
    _PRESCALERS = (1, 2, 4, 8, 16, 64, 256, 1024)
    _OVERFLOW, _MATCH, _CHANNELS = 0, 4, 2
    _STOP_COMMAND, _RETRIGGER, _ONESHOT = 2, 1, 1 << 2

    def __init__(
        self,
        system: System,
        name: str,
        start: int,
        net: ClockNet,
        channel: int,
        interrupt: int,
        places: TimerPlaces,
    ) -> None:
        self._net, self._channel, self._interrupt, self._places = net, channel, interrupt, places
        self._enabled = self._flags = self._control_b = 0
        self._stopped = False
        super().__init__(system, name, start, net.clock(channel))

    def reset(self) -> None:
        """Stop the timer at 0."""
        super().reset()
        self._enabled = self._flags = self._control_b = 0
        self._stopped = False

    @property
    def running(self) -> bool:
        """True when ENABLE is set, its clock runs, and it was not stopped."""
        return bool(self._control & self._ENABLE) and not self._stopped and self._net.runs(self._channel)

    @property
    def prescaler(self) -> int:
        """Ticks in one count, by PRESCALER."""
        return self._PRESCALERS[self._control >> 8 & 7]

    @property
    def wanted(self) -> int:
        """Mask of events whose interrupt is enabled, and whose flag is not set yet."""
        return self._enabled & ~self._flags

    def distances(self) -> Mapping[int, int]:
        """Return the counts until the overflow and the matches."""
        period = self._top + 1
        found = {self._OVERFLOW: period - self.count}
        for channel in range(self._CHANNELS):
            value = self._compare(channel)
            if value <= self._top:
                found[self._MATCH + channel] = (value - self.count - 1) % period + 1
        return found

    def longest_step(self) -> int | None:
        """Return the counts up to the overflow of a timer that stops there."""
        return self._top + 1 - self.count if self._control_b & self._ONESHOT else None

    def advance(self, counts: int) -> None:
        """Count up, starting over after the largest value."""
        if self._control_b & self._ONESHOT and counts > self._top - self.count:
            self._stopped = True
        self.count = (self.count + counts) % (self._top + 1)

    def happen(self, events: int) -> None:
        """Set the flags of `events`."""
        self._flags |= events
        self._request()

    def on_read(self, offset: int) -> int:
        """Return a register, with counter and flags as of now."""
        self.settle()
        places = self._places
        if offset == self._CTRLB:
            return self._control_b | self._control_b << 8 | super().on_read(offset) & 0xFFFF_0000
        if offset == places.interrupts:
            return self._enabled | self._enabled << 8 | self._flags << 16
        return self.count if offset == places.count else super().on_read(offset)

    def on_write(self, offset: int, value: int) -> None:
        """Store a register. The next event starts from the count of now."""
        self.settle()
        places = self._places
        if offset == self._CTRLA:
            self._write_control(value)
        elif offset == self._CTRLB:
            self._command((self._control_b & ~value | value >> 8) & 0xFF)
            super().on_write(offset, value & 0xFFFF_0000)
        elif offset == places.interrupts:
            self._enabled = (self._enabled & ~value | value >> 8) & 0xFF
            self._flags &= ~(value >> 16)
        elif offset == places.count:
            self.count_from(value & (1 << self._bits) - 1)
        else:
            super().on_write(offset, value)
        self._request()
        self.plan()

    def _write_control(self, value: int) -> None:
        if value & self._SWRST:
            self.reset()
            return
        if value & self._ENABLE and not self._control & self._ENABLE:
            self.count_from(self.count)
            self._stopped = False
        super().on_write(self._CTRLA, value)

    def _command(self, control: int) -> None:
        """Follow CTRLB: its two commands that matter here read as done."""
        command = control >> (5 if self._places.wave is not None else 6)
        self._control_b = control & 0x1F
        if command == self._STOP_COMMAND:
            self._stopped = True
        elif command == self._RETRIGGER:
            self.count_from(0)
            self._stopped = False

    def _request(self) -> None:
        self.system.set_line(self._interrupt, bool(self._flags & self._enabled))

    def _compare(self, channel: int) -> int:
        """Return CC of a channel. Narrow ones share a word."""
        size = max(self._bits // 8, 1)
        address = self._places.compare + size * channel
        return self.words.get(address & ~3, 0) >> 8 * (address & 3) & (1 << self._bits) - 1

    @property
    def _control(self) -> int:
        return self.words.get(self._CTRLA, 0)

    @property
    def _bits(self) -> int:
        return self._BITS[self._control >> 2 & 3]

    @property
    def _top(self) -> int:
        """Largest value: channel 0 in modes of matches, else all ones."""
        wave = self._places.wave
        mode = self._control >> 5 & 3 if wave is None else self.words.get(wave, 0) & 3
        return self._compare(0) if mode & 1 else (1 << self._bits) - 1


class SamPins(PinDevice):
    """PORT (chapter 'PORT'): groups of 32 pins. PINCFG says of each whether its input and its resistor are on."""

    _GROUP, _DIR, _OUT, _IN, _PINCFG = 0x80, 0x00, 0x10, 0x20, 0x40
    _INEN, _PULLEN = 1 << 1, 1 << 2
    _PINS = 32

    def __init__(self, start: int, letters: str) -> None:
        names = {
            f"P{letter}{pin}": self._PINS * group + pin
            for group, letter in enumerate(letters)
            for pin in range(self._PINS)
        }
        super().__init__("PORT", start, names, size_bytes=self._GROUP * len(letters))

    def on_read(self, offset: int) -> int:
        """Return a register. Those that clear, set and toggle read as what they change."""
        place = offset % self._GROUP
        if place == self._IN:
            return self._levels(offset - place)
        return super().on_read(self._changed(offset)[0])

    def on_write(self, offset: int, value: int) -> None:
        """Store a register, or clear, set or toggle bits of DIR and OUT."""
        register, how = self._changed(offset)
        now = self.words.get(register, 0)
        if offset % self._GROUP != self._IN:
            super().on_write(register, (value, now & ~value, now | value, now ^ value)[how])

    def _changed(self, offset: int) -> tuple[int, int]:
        """Return the register that one changes, and how: 0 stores, then clears, sets, toggles."""
        how = offset % 16 // 4 if offset % self._GROUP < self._IN else 0
        return offset - 4 * how, how

    def _levels(self, group: int) -> int:
        """Return IN of a group: the level of each pin whose input is on. A resistor pulls to the pin's bit of OUT."""
        setups = [
            self.words.get(group + self._PINCFG + pin & ~3, 0) >> 8 * (pin & 3) for pin in range(self._PINS)
        ]
        high, outputs = self.words.get(group + self._OUT, 0), self.words.get(group + self._DIR, 0)
        shift = self._PINS * (group // self._GROUP)
        levels = self.outside.levels(
            outputs=outputs << shift,
            high=high << shift,
            pulled_up=(high & _bits(setups, self._PULLEN)) << shift,
        )
        return levels >> shift & _bits(setups, self._INEN)


def _bits(setups: Sequence[int], flag: int) -> int:
    return sum(1 << pin for pin, setup in enumerate(setups) if setup & flag)


class Fuses(Registers):
    """Words that the factory has written: calibration. Unwritten ones read as ones."""

    def on_read(self, offset: int) -> int:
        """Return the word."""
        return self.words.get(offset, 0xFFFF_FFFF)

    def on_write(self, offset: int, value: int) -> None:
        """Ignore the write: read only."""


def kept(places: Mapping[str, int]) -> list[Device]:
    """Return blocks that start-up code writes to without a result."""
    return [Registers(name, start, size_bytes=BLOCK_BYTES) for name, start in places.items()]
