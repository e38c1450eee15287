"""Serial ports. Characters take no time: printing costs the cycles of a program's own instructions."""

from __future__ import annotations

from abc import abstractmethod

from scons_tinyml.emulator.devices.bus import Registers, System

CHANNEL = "uart"


class SerialPort(Registers):
    """Serial port on the machine's console. A subclass defines the registers and the enables."""

    def __init__(
        self,
        system: System,
        name: str,
        start: int,
        interrupt: int,
        reset_values: dict[int, int] | None = None,
    ) -> None:
        self.system, self.interrupt = system, interrupt
        self.sent = True  # the last character has left
        super().__init__(name, start, reset_values)
        system.when_input(self.request)

    def reset(self) -> None:
        """Make the port idle and disabled."""
        super().reset()
        self.sent = True

    @property
    @abstractmethod
    def transmits(self) -> bool:
        """True when the transmitter is enabled."""

    @property
    @abstractmethod
    def receives(self) -> bool:
        """True when the receiver is enabled."""

    @property
    @abstractmethod
    def wants_interrupt(self) -> bool:
        """True when a flag is set whose interrupt is enabled."""

    @property
    def has_received(self) -> bool:
        """True when a character waits. It comes when the receiver is on, so none is lost before."""
        return self.receives and self.system.input_waiting(CHANNEL)

    def take(self) -> int:
        """Take and return the character that waits, 0 without one."""
        value = self.system.input(CHANNEL) if self.receives else None
        self.request()
        return value or 0

    def send(self, value: int) -> None:
        """Send the character `value`. A disabled transmitter sends nothing."""
        if self.transmits:
            self.system.output(CHANNEL, bytes((value & 0xFF,)))
            self.sent = True
        self.request()

    def request(self) -> None:
        """Set the level of the interrupt request: high while a flag is set whose interrupt is enabled."""
        self.system.set_line(self.interrupt, self.wants_interrupt)


_RE, _TE = 1 << 2, 1 << 3
_RXNE, _TC, _TXE = 1 << 5, 1 << 6, 1 << 7  # flags; their interrupt enables in CR1 have the same places
_EVENTS = _RXNE | _TC | _TXE


class _StUsart(SerialPort):
    """Common part of both generations of the USART of STM32: RE, TE, the flags and their enables."""

    control_offset: int
    enable: int

    @property
    def control(self) -> int:
        """Control register 1, 0 while the port is disabled."""
        control = self.words.get(self.control_offset, 0)
        return control if control & self.enable else 0

    @property
    def transmits(self) -> bool:
        """True when UE and TE are set."""
        return bool(self.control & _TE)

    @property
    def receives(self) -> bool:
        """True when UE and RE are set."""
        return bool(self.control & _RE)

    @property
    def wants_interrupt(self) -> bool:
        """True when RXNE, TC or TXE is set with its enable."""
        return bool(self.flags & self.control & _EVENTS)

    @property
    def flags(self) -> int:
        """Flags TXE, TC and RXNE of now."""
        return _TXE | (_TC if self.sent else 0) | (_RXNE if self.has_received else 0)


class Usart(_StUsart):
    """USART and LPUART with ISR, RDR and TDR: RM0432, chapters 'USART' and 'LPUART'. Without DMA."""

    control_offset, enable = 0x00, 1 << 0
    _rqr, _isr, _icr, _rdr, _tdr = 0x18, 0x1C, 0x20, 0x24, 0x28
    _FIFOEN, _TEACK, _REACK, _TXFE = 1 << 29, 1 << 21, 1 << 22, 1 << 23

    def on_read(self, offset: int) -> int:
        """Return a register, with flags of now. A read of RDR takes the character."""
        if offset == self._rdr:
            return self.take()
        if offset != self._isr:
            return super().on_read(offset)
        acknowledged = (self._TEACK if self.transmits else 0) | (self._REACK if self.receives else 0)
        return self.flags | acknowledged | (self._TXFE if self.control & self._FIFOEN else 0)

    def on_write(self, offset: int, value: int) -> None:
        """Store a register. A write of TDR sends; ICR clears TC; requests are pulses."""
        if offset == self._tdr:
            self.send(value)
        elif offset == self._icr:
            self.sent = self.sent and not value & _TC
            self.request()
        elif offset not in (self._isr, self._rqr, self._rdr):
            super().on_write(offset, value)
            self.request()


class OldUsart(_StUsart):
    """USART with SR and DR: RM0008, chapter 'Universal synchronous asynchronous receiver transmitter'."""

    control_offset, enable = 0x0C, 1 << 13
    _sr, _dr = 0x00, 0x04

    def on_read(self, offset: int) -> int:
        """Return a register, with flags of now. A read of DR takes the character."""
        if offset == self._dr:
            return self.take()
        return self.flags if offset == self._sr else super().on_read(offset)

    def on_write(self, offset: int, value: int) -> None:
        """Store a register. A write of DR sends; TC is cleared by writing 0."""
        if offset == self._dr:
            self.send(value)
        elif offset == self._sr:
            self.sent = self.sent and bool(value & _TC)
            self.request()
        else:
            super().on_write(offset, value)
            self.request()
