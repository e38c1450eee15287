"""Blocks of Renesas RA: event links, serial ports, timers and pins.

Sources: RA4M1 user's manual (R01UH0887), and the header R7FA4M1AB.h of the Flexible Software Package.
"""

from __future__ import annotations

from collections.abc import Mapping

from scons_tinyml.emulator.devices.blocks.clock import Clock
from scons_tinyml.emulator.devices.blocks.counter import Counter
from scons_tinyml.emulator.devices.blocks.pins import PinDevice
from scons_tinyml.emulator.devices.blocks.serial import SerialPort
from scons_tinyml.emulator.devices.bus import Registers, System


class EventLinks(Registers):
    """ICU (chapter 'Interrupt Controller Unit'): IELSRn gives interrupt n the event that sets its flag IR."""

    _IELSR, _IR, _EVENT = 0x300, 1 << 16, 0xFF

    def __init__(self, system: System, interrupts: int) -> None:
        self._system, self._interrupts = system, range(interrupts)
        super().__init__("ICU", 0x4000_6000, size_bytes=0x1000)

    def fire(self, event: int) -> None:
        """Set the flag of each interrupt that `event` is linked to."""
        for interrupt in self._interrupts:
            place = self._IELSR + 4 * interrupt
            value = self.words.get(place, 0)
            if value & self._EVENT == event:
                self.words[place] = value | self._IR
                self._system.set_line(interrupt, True)

    def linked(self, event: int) -> bool:
        """Return whether an interrupt is linked to `event`."""
        return any(
            self.words.get(self._IELSR + 4 * interrupt, 0) & self._EVENT == event
            for interrupt in self._interrupts
        )

    def on_write(self, offset: int, value: int) -> None:
        """Store a register. The flag IR is only cleared, by writing 0."""
        interrupt = (offset - self._IELSR) // 4
        if interrupt not in self._interrupts:
            super().on_write(offset, value)
            return
        flag = self.words.get(offset, 0) & value & self._IR
        super().on_write(offset, value & ~self._IR | flag)
        self._system.set_line(interrupt, bool(flag))


class SciPort(SerialPort):
    """SCI in asynchronous mode without FIFO (chapter 'Serial Communications Interface'). Its registers are bytes.

    Events follow `events` on: received, transmit data empty, transmit end.
    """

    _SCR, _TDR, _SSR, _RDR = 2, 3, 4, 5
    _RE, _TE, _TEIE, _RIE, _TIE = 1 << 4, 1 << 5, 1 << 2, 1 << 6, 1 << 7
    _TEND, _RDRF, _TDRE = 1 << 2, 1 << 6, 1 << 7
    _SCMR, _SCMR_RESET, _BRR = 6, 0xF2, 1

    def __init__(self, system: System, name: str, start: int, links: EventLinks, events: int) -> None:
        self._links, self._events = links, events
        super().__init__(system, name, start, 0)
        self.size_bytes = 0x20

    def reset(self) -> None:
        """Make the port idle and disabled."""
        super().reset()
        self._bytes = {self._SCMR: self._SCMR_RESET, self._BRR: 0xFF}

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
        """False: its interrupts are events."""
        return False

    @property
    def _control(self) -> int:
        return self._bytes.get(self._SCR, 0)

    def request(self) -> None:
        """Fire the event of a character that waits, which is called when one has come or was taken."""
        if self._control & self._RIE and self.has_received:
            self._links.fire(self._events)

    def read(self, offset: int, size_bytes: int) -> int:
        """Return registers, one byte each."""
        return sum(self._read(offset + place) << 8 * place for place in range(size_bytes))

    def write(self, offset: int, size_bytes: int, value: int) -> None:
        """Store registers, one byte each."""
        for place in range(size_bytes):
            self._write(offset + place, value >> 8 * place & 0xFF)

    def _read(self, offset: int) -> int:
        if offset == self._RDR:
            return self.take()
        if offset == self._SSR:
            return self._TDRE | self._TEND | (self._RDRF if self.has_received else 0)
        return self._bytes.get(offset, 0)

    def _write(self, offset: int, value: int) -> None:
        """Store a register. A write of TDR sends; the events of an empty transmitter come with their enables."""
        before = self._control
        if offset == self._TDR:
            self.send(value)
            self._transmitter_is_empty(self._TIE | self._TEIE)
            return
        if offset != self._SSR:
            self._bytes[offset] = value
        if offset == self._SCR:
            self._transmitter_is_empty(value & ~before)
            self.request()

    def _transmitter_is_empty(self, enabled: int) -> None:
        for enable, event in ((self._TIE, 1), (self._TEIE, 2)):
            if self.transmits and self._control & enabled & enable:
                self._links.fire(self._events + event)


class PwmTimer(Counter):
    """GPT in saw-wave mode, counting up (chapter 'General PWM Timer'): overflow and two compare matches.

    Events follow `events` on: match A, match B; the overflow is `events` + 6. Outputs and buffers are not there.
    """

    _GTWP, _GTSTR, _GTSTP, _GTCLR, _GTCR, _GTST, _GTCNT, _GTCCR, _GTPR = (
        0x00, 0x04, 0x08, 0x0C, 0x2C, 0x3C, 0x48, (0x4C, 0x50), 0x64,
    )  # fmt: skip
    _CST, _OVERFLOW, _OVERFLOW_FLAG = 1, 2, 1 << 6
    _EVENTS = ((0, 0), (1, 1), (_OVERFLOW, 6))

    def __init__(
        self,
        system: System,
        number: int,
        start: int,
        clock: Clock,
        links: EventLinks,
        events: int,
        bits: int,
    ) -> None:
        self._number, self._links, self._events, self._top = number, links, events, (1 << bits) - 1
        values = dict.fromkeys((*self._GTCCR, self._GTPR), self._top)
        super().__init__(system, f"GPT{number}", start, clock, {self._GTST: 1 << 15, **values})
        self.size_bytes = 0x100

    @property
    def running(self) -> bool:
        """True when CST is set."""
        return bool(self.words.get(self._GTCR, 0) & self._CST)

    @property
    def prescaler(self) -> int:
        """Ticks in one count: a power of four by TPCS."""
        return int(4 ** min(self.words.get(self._GTCR, 0) >> 24 & 7, 5))

    @property
    def wanted(self) -> int:
        """Mask of events that are linked to an interrupt."""
        return sum(1 << event for event, offset in self._EVENTS if self._links.linked(self._events + offset))

    def distances(self) -> Mapping[int, int]:
        """Return the counts until the matches and the overflow."""
        last = self.words.get(self._GTPR, self._top)
        period = last + 1
        found = {self._OVERFLOW: (period if self.count <= last else self._top + 1) - self.count}
        for channel, place in enumerate(self._GTCCR):
            value = self.words.get(place, self._top)
            if value <= last:
                found[channel] = (value - self.count - 1) % period + 1
        return found

    def advance(self, counts: int) -> None:
        """Count up, starting over after GTPR."""
        last = self.words.get(self._GTPR, self._top)
        self.count = (self.count + counts) % ((last if self.count <= last else self._top) + 1)

    def happen(self, events: int) -> None:
        """Set the flags of `events`, and fire what is linked."""
        flags = events & 0b11 | (self._OVERFLOW_FLAG if events >> self._OVERFLOW else 0)
        self.words[self._GTST] = self.words.get(self._GTST, 0) | flags
        for event, offset in self._EVENTS:
            if events >> event & 1:
                self._links.fire(self._events + offset)

    def on_read(self, offset: int) -> int:
        """Return a register, with counter and flags as of now."""
        self.settle()
        return self.count if offset == self._GTCNT else super().on_read(offset)

    def on_write(self, offset: int, value: int) -> None:
        """Store a register, or start, stop or clear the counter by its bit. The next event starts from now."""
        self.settle()
        mine = value >> self._number & 1
        control = self.words.get(self._GTCR, 0)
        if offset == self._GTSTR and mine:
            self._set_control(control | self._CST)
        elif offset == self._GTSTP and mine:
            self._set_control(control & ~self._CST)
        elif (offset == self._GTCLR and mine) or offset == self._GTCNT:
            self.count_from(0 if offset == self._GTCLR else value & self._top)
        elif offset == self._GTCR:
            self._set_control(value)
        elif offset == self._GTST:
            self.words[offset] = self.words.get(offset, 0) & (value | ~0xFF)
        elif offset not in (self._GTSTR, self._GTSTP, self._GTCLR):
            super().on_write(offset, value)
        self.plan()

    def _set_control(self, value: int) -> None:
        if value & self._CST and not self.running:
            self.count_from(self.count)
        self.words[self._GTCR] = value


class RenesasPins(PinDevice):
    """PORTm and PmnPFS (chapter 'I/O Ports'): both have direction, output and level of each pin.

    Words are as the header's PCNTR1 to PCNTR3 have them.
    """

    _PORTS, _PINS, _PFS, _PORT_BYTES = 10, 16, 0x800, 0x20
    _PODR, _PIDR, _PDR, _PCR = 1 << 0, 1 << 1, 1 << 2, 1 << 4
    _PCNTR1, _PCNTR2, _PCNTR3 = 0x0, 0x4, 0x8

    def __init__(self) -> None:
        names = {
            f"P{port}{pin:02}": self._PINS * port + pin
            for port in range(self._PORTS)
            for pin in range(self._PINS)
        }
        super().__init__("PORT", 0x4004_0000, names, size_bytes=0x1000)

    def on_read(self, offset: int) -> int:
        """Return a register. A pin's level is a bit of PCNTR2, and of its PFS."""
        port, place = divmod(offset, self._PORT_BYTES)
        if port < self._PORTS and place in (self._PCNTR1, self._PCNTR2):
            field = self._levels(port) if place == self._PCNTR2 else self._bits(port, self._PDR)
            return field | (self._bits(port, self._PODR) << 16 if place == self._PCNTR1 else 0)
        pin = (offset - self._PFS) // 4
        if 0 <= pin < self._PINS * self._PORTS:
            level = self._levels(pin // self._PINS) >> pin % self._PINS & 1
            return super().on_read(offset) & ~self._PIDR | (self._PIDR if level else 0)
        return super().on_read(offset)

    def on_write(self, offset: int, value: int) -> None:
        """Store a register. PCNTR1 and PCNTR3 change the PFS of their pins."""
        port, place = divmod(offset, self._PORT_BYTES)
        if port >= self._PORTS or place > self._PCNTR3:
            super().on_write(offset, value)
        elif place == self._PCNTR1:
            self._change(port, self._PDR, value & 0xFFFF, ~value & 0xFFFF)
            self._change(port, self._PODR, value >> 16, ~value >> 16)
        elif place == self._PCNTR3:
            self._change(port, self._PODR, value & 0xFFFF, value >> 16)

    def _change(self, port: int, flag: int, set_pins: int, clear_pins: int) -> None:
        for pin in range(self._PINS):
            place = self._setup_place(port, pin)
            now = self.words.get(place, 0)
            if set_pins >> pin & 1:
                self.words[place] = now | flag
            elif clear_pins >> pin & 1:
                self.words[place] = now & ~flag

    def _levels(self, port: int) -> int:
        shift = self._PINS * port
        levels = self.outside.levels(
            outputs=self._bits(port, self._PDR) << shift,
            high=self._bits(port, self._PODR) << shift,
            pulled_up=self._bits(port, self._PCR) << shift,
        )
        return levels >> shift & 0xFFFF & ~self._bits(port, 1 << 15)  # ASEL: an analog pin is low

    def _bits(self, port: int, flag: int) -> int:
        return sum(
            1 << pin for pin in range(self._PINS) if self.words.get(self._setup_place(port, pin), 0) & flag
        )

    def _setup_place(self, port: int, pin: int) -> int:
        return self._PFS + 4 * (self._PINS * port + pin)
