"""Blocks of nRF52 and nRF53: tasks, events, timers, real-time counters and serial ports.

Source: nRF52840 Product Specification. Those of the nRF5340 have the same registers (nrf5340_application.h).
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping

from scons_tinyml.emulator.devices.blocks.clock import Clock
from scons_tinyml.emulator.devices.blocks.counter import Counter
from scons_tinyml.emulator.devices.blocks.pins import NordicPins
from scons_tinyml.emulator.devices.blocks.serial import SerialPort
from scons_tinyml.emulator.devices.bus import Registers, System

BLOCK_BYTES = 0x1000
EVENTS, SHORTS, INTENSET, INTENCLR = 0x100, 0x200, 0x304, 0x308


class Events(Registers):
    """Events at 0x100, one word each, with an interrupt enable bit each (section 'Peripheral interface')."""

    system: System
    interrupt: int

    @property
    def enabled(self) -> int:
        """Enabled interrupts, INTEN."""
        return self.words.get(INTENSET, 0)

    def raise_event(self, offset: int) -> None:
        """Set the event at `offset`."""
        self.words[offset] = 1
        self.request()

    @property
    def wants_interrupt(self) -> bool:
        """True when an enabled event is set."""
        return any(self.words.get(EVENTS + 4 * bit, 0) for bit in range(32) if self.enabled >> bit & 1)

    def request(self) -> None:
        """Set the level of the interrupt request."""
        self.system.set_line(self.interrupt, self.wants_interrupt)

    def on_read(self, offset: int) -> int:
        """Return a register. Both registers of the interrupt enables read alike."""
        return super().on_read(INTENSET if offset == INTENCLR else offset)

    def on_write(self, offset: int, value: int) -> None:
        """Trigger a task, clear an event, or set or clear enables."""
        if offset < EVENTS:
            if value & 1:
                self.task(offset)
        elif offset == INTENSET:
            self.words[INTENSET] = self.enabled | value
        elif offset == INTENCLR:
            self.words[INTENSET] = self.enabled & ~value
        else:
            super().on_write(offset, value)
        self.request()

    def task(self, offset: int) -> None:
        """Trigger the task at `offset`."""


_HFCLKSTART, _LFCLKSRC = 0x000, 0x518
_STARTS = {_HFCLKSTART: (0x100, 0x408, 0x40C), 0x008: (0x104, 0x414, 0x418)}
"""Event, run register and status register, for each task that starts an oscillator."""
_STOPS = {0x004: 0x40C, 0x00C: 0x418}
_RUNNING, _CRYSTAL = 1 << 16, 1


class PowerAndClock(Events):
    """POWER and CLOCK: oscillators start at once. The core has the same speed whatever the source."""

    def __init__(
        self, system: System, start: int, interrupt: int, reset_values: dict[int, int] | None = None
    ) -> None:
        self.system, self.interrupt = system, interrupt
        super().__init__("POWER_CLOCK", start, reset_values, size_bytes=BLOCK_BYTES)

    def task(self, offset: int) -> None:
        """Handle HFCLKSTART, LFCLKSTART and their stops."""
        if offset in _STARTS:
            event, run, status = _STARTS[offset]
            source = _CRYSTAL if offset == _HFCLKSTART else self.words.get(_LFCLKSRC, 0) & 3
            self.words[run], self.words[status] = 1, _RUNNING | source
            self.raise_event(event)
        elif offset in _STOPS:
            self.words[_STOPS[offset]] = 0


class Information(Registers):
    """FICR and UICR: words of flash, so unwritten ones read as ones."""

    def on_read(self, offset: int) -> int:
        """Return the word that the factory or the programmer of the chip has written."""
        return self.words.get(offset, 0xFFFF_FFFF)

    def on_write(self, offset: int, value: int) -> None:
        """Ignore the write: read only here."""


class NordicCounter(Events, Counter):
    """Common part of TIMER and RTC: they count up to a largest value, and compare with channels.

    Numbers of events are bits of INTEN: 16 for the first channel.
    """

    clear: int
    """Offset of the task CLEAR."""
    _START, _STOP, _COMPARE_BIT, _CC = 0x000, 0x004, 16, 0x540

    def __init__(
        self, system: System, name: str, start: int, clock: Clock, interrupt: int, channels: int
    ) -> None:
        self.interrupt, self.channels = interrupt, range(channels)
        self._started = False
        Counter.__init__(self, system, name, start, clock)
        self.size_bytes = BLOCK_BYTES

    @property
    @abstractmethod
    def top(self) -> int:
        """Largest value of the counter."""

    def reset(self) -> None:
        """Stop the counter at 0."""
        self._started = False
        Counter.reset(self)

    def task(self, offset: int) -> None:
        """Handle START, STOP and CLEAR."""
        if offset == self._START and not self._started:
            self.count_from(self.count)
            self._started = True
        elif offset == self._STOP:
            self._started = False
        elif offset == self.clear:
            self.count_from(0)

    def on_read(self, offset: int) -> int:
        """Return a register, with events as of now."""
        self.settle()
        return super().on_read(offset)

    def on_write(self, offset: int, value: int) -> None:
        """Store a register. The next event starts from the count of now."""
        self.settle()
        super().on_write(offset, value)
        self.plan()

    @property
    def running(self) -> bool:
        """True between START and STOP."""
        return self._started

    @property
    def wanted(self) -> int:
        """Mask of events whose interrupt is enabled."""
        return self.enabled

    def distances(self) -> Mapping[int, int]:
        """Return the counts until compare events: a whole round for a channel that has just matched."""
        period = self.top + 1
        values = {channel: self.words.get(self._CC + 4 * channel, 0) for channel in self.channels}
        return {
            self._COMPARE_BIT + channel: (value - self.count - 1) % period + 1
            for channel, value in values.items()
            if value <= self.top
        }

    def advance(self, counts: int) -> None:
        """Count up, starting over after `top`."""
        self.count = (self.count + counts) % (self.top + 1)

    def happen(self, events: int) -> None:
        """Raise the events."""
        for bit in range(32):
            if events >> bit & 1:
                self.raise_event(EVENTS + 4 * bit)


class NordicTimer(NordicCounter):
    """TIMER: counts its clock, or in the modes of a counter the task COUNT."""

    clear = 0x00C
    _COUNT, _SHUTDOWN, _CAPTURE, _MODE, _BITMODE, _PRESCALER = 0x008, 0x010, 0x040, 0x504, 0x508, 0x510
    _STOP_SHORTS = 8
    _BITS = (16, 8, 24, 32)

    @property
    def top(self) -> int:
        """Largest value, by BITMODE."""
        return (1 << self._BITS[self.words.get(self._BITMODE, 0) & 3]) - 1

    @property
    def prescaler(self) -> int:
        """Ticks in one count, a power of two by PRESCALER."""
        return 1 << min(self.words.get(self._PRESCALER, 4), 9)

    @property
    def running(self) -> bool:
        """True between START and STOP in timer mode."""
        return self._started and not self._counts_tasks

    @property
    def _counts_tasks(self) -> bool:
        """True in counter mode and in low power counter mode."""
        return self.words.get(self._MODE, 0) & 3 != 0

    def task(self, offset: int) -> None:
        """Handle CAPTURE, which puts the count into its channel, COUNT, and SHUTDOWN, which stops and clears."""
        channel = (offset - self._CAPTURE) // 4
        if channel in self.channels:
            self.words[self._CC + 4 * channel] = self.count
        elif offset == self._COUNT:
            if self._started and self._counts_tasks:
                reached = sum(1 << event for event, distance in self.distances().items() if distance == 1)
                self.advance(1)
                self.happen(reached)
        elif offset == self._SHUTDOWN:
            self.reset()
        else:
            super().task(offset)

    def longest_step(self) -> int | None:
        """Return the counts up to a compare event that clears or stops the counter."""
        shorts = self.words.get(SHORTS, 0)
        both = shorts | shorts >> self._STOP_SHORTS
        ends = (
            distance
            for event, distance in self.distances().items()
            if both >> (event - self._COMPARE_BIT) & 1
        )
        return min(ends, default=None)

    def happen(self, events: int) -> None:
        """Raise the events, and follow the shortcuts from compare events to CLEAR and STOP."""
        matched, shorts = events >> self._COMPARE_BIT, self.words.get(SHORTS, 0)
        if matched & shorts & 0xFF:
            self.count = 0
        if matched & shorts >> self._STOP_SHORTS:
            self._started = False
        super().happen(events)


class NordicRealTimeCounter(NordicCounter):
    """RTC. Its event TICK comes only while its interrupt is enabled."""

    clear, top = 0x008, 0xFF_FFFF
    _COUNTER, _PRESCALER, _TICK_BIT, _OVERFLOW_BIT = 0x504, 0x508, 0, 1

    @property
    def prescaler(self) -> int:
        """Ticks in one count, by PRESCALER."""
        return (self.words.get(self._PRESCALER, 0) & 0xFFF) + 1

    def on_read(self, offset: int) -> int:
        """Return a register. COUNTER is the count."""
        value = super().on_read(offset)
        return self.count if offset == self._COUNTER else value

    def distances(self) -> Mapping[int, int]:
        """Return the counts until compare events, the overflow and, if wanted, the tick."""
        found = {**super().distances(), self._OVERFLOW_BIT: self.top + 1 - self.count}
        return found | ({self._TICK_BIT: 1} if self.enabled & 1 << self._TICK_BIT else {})


class NordicPinEvents(Events):
    """GPIOTE in event mode (section 'GPIOTE'): edges of chosen pins, and PORT of sensed ones. Tasks do nothing."""

    _CONFIG, _CHANNELS, _PORT = 0x510, 8, 0x17C
    _MODE, _EVENT = 3, 1

    def __init__(self, system: System, name: str, start: int, interrupt: int, pins: NordicPins) -> None:
        self.system, self.interrupt, self._pins = system, interrupt, pins
        self._seen: dict[int, int] = {}
        self._detected = False
        super().__init__(name, start, size_bytes=BLOCK_BYTES)
        pins.watch(self._pins_changed)

    def reset(self) -> None:
        """Set registers to their values after reset."""
        super().reset()
        self._seen, self._detected = {}, False

    def on_write(self, offset: int, value: int) -> None:
        """Store a register. A channel that is set up sees edges from the level of now on."""
        super().on_write(offset, value)
        channel = (offset - self._CONFIG) // 4
        if 0 <= channel < self._CHANNELS:
            self._seen.pop(channel, None)
            if value & self._MODE == self._EVENT:
                self._seen[channel] = self._level(value)

    def _level(self, config: int) -> int:
        return self._pins.levels(config >> 13 & 1) >> (config >> 8 & 0x1F) & 1

    def _pins_changed(self) -> None:
        for channel, before in list(self._seen.items()):
            config = self.words[self._CONFIG + 4 * channel]
            now = self._level(config)
            self._seen[channel] = now
            if now != before and config >> 16 & (1 if now else 2):  # POLARITY: LoToHi, HiToLo, both
                self.raise_event(EVENTS + 4 * channel)
        before_detected, self._detected = self._detected, self._pins.detected
        if self._detected and not before_detected:
            self.raise_event(self._PORT)


class NordicSerialPort(Events, SerialPort):
    """UART and UARTE, which share their registers. ENABLE chooses one. Characters take no time."""

    _STARTRX, _STOPRX, _STARTTX, _STOPTX = 0x000, 0x004, 0x008, 0x00C
    _RXDRDY, _ENDRX, _TXDRDY, _ENDTX, _RXTO = 0x108, 0x110, 0x11C, 0x120, 0x144
    _RXSTARTED, _TXSTARTED, _TXSTOPPED = 0x14C, 0x150, 0x158
    _ENABLE, _RXD, _TXD = 0x500, 0x518, 0x51C
    _COUNT_MASK = 0xFFFF  # nRF52840 Product Specification, UARTE, registers RXD.MAXCNT and TXD.MAXCNT
    _RX_PTR, _RX_MAXCNT, _RX_AMOUNT, _TX_PTR, _TX_MAXCNT, _TX_AMOUNT = (
        0x534,
        0x538,
        0x53C,
        0x544,
        0x548,
        0x54C,
    )
    _UART, _UARTE = 4, 8

    def __init__(self, system: System, name: str, start: int, interrupt: int) -> None:
        self._receiving = self._transmitting = False
        self._buffer: bytearray | None = None
        SerialPort.__init__(self, system, name, start, interrupt)
        self.size_bytes = BLOCK_BYTES
        system.when_input(self._receive)

    def reset(self) -> None:
        """Make the port idle and disabled."""
        self._receiving = self._transmitting = False
        SerialPort.reset(self)

    @property
    def transmits(self) -> bool:
        """True between STARTTX and STOPTX while enabled."""
        return self._transmitting and self._mode in (self._UART, self._UARTE)

    @property
    def receives(self) -> bool:
        """True between STARTRX and STOPRX while enabled."""
        return self._receiving and self._mode in (self._UART, self._UARTE)

    @property
    def _mode(self) -> int:
        return self.words.get(self._ENABLE, 0) & 0xF

    def task(self, offset: int) -> None:
        """Start or stop. UARTE moves a whole buffer at once."""
        if offset == self._STARTRX:
            self._receiving = True
            self.words[self._RX_AMOUNT] = 0
            self.raise_event(self._RXSTARTED)
            self._receive()
        elif offset == self._STOPRX:
            self._receiving = False
            self.raise_event(self._RXTO)
        elif offset == self._STARTTX:
            self._transmitting = True
            self.raise_event(self._TXSTARTED)
            self._send_buffer()
        elif offset == self._STOPTX:
            self._transmitting = False
            self.raise_event(self._TXSTOPPED)

    def on_read(self, offset: int) -> int:
        """Return a register. A read of RXD takes the character."""
        if offset != self._RXD:
            return super().on_read(offset)
        value = self.take()
        self._receive()
        return value

    def on_write(self, offset: int, value: int) -> None:
        """Store a register. A write of TXD sends."""
        if offset == self._TXD:
            self.send(value)
            self.raise_event(self._TXDRDY)
        else:
            super().on_write(offset, value)

    def _send_buffer(self) -> None:
        if self._mode == self._UARTE:
            count = self.words.get(self._TX_MAXCNT, 0) & self._COUNT_MASK
            for value in self.system.read_memory(self.words.get(self._TX_PTR, 0), count):
                self.send(value)
            self.words[self._TX_AMOUNT] = count
            self.raise_event(self._ENDTX)

    def _receive(self) -> None:
        """Report a character that waits. UARTE stores all that fit into its buffer."""
        if self._mode != self._UARTE:
            if self.has_received:
                self.raise_event(self._RXDRDY)
            return
        room, stored = (
            self.words.get(self._RX_MAXCNT, 0) & self._COUNT_MASK,
            self.words.get(self._RX_AMOUNT, 0),
        )
        while stored < room and self.has_received:
            self.system.write_memory(self.words.get(self._RX_PTR, 0) + stored, bytes((self.take(),)))
            stored += 1
            self.words[self._RX_AMOUNT] = stored
            self.raise_event(self._RXDRDY)
            if stored == room:
                self.raise_event(self._ENDRX)
