"""Interrupts of pins of STM32: EXTI (RM0090, RM0432, RM0455, RM0456, chapters on it and on SYSCFG).

Lines 0 to 15 are those of pins. The other lines, of blocks inside of the chip, keep what is written without an effect.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from scons_tinyml.emulator.devices.blocks.pins import PORT_PINS, Pins
from scons_tinyml.emulator.devices.bus import Device, Registers, System

_LINES = (1 << PORT_PINS) - 1
_EXTICR = 0x08


@dataclass(frozen=True)
class ExtiPlaces:
    """Offsets of registers, and interrupts by the lines that they have as bits."""

    interrupts: Mapping[int, int]
    mask: int = 0x00
    rising: int = 0x08
    falling: int = 0x0C
    software: int = 0x10
    pending: tuple[int, ...] = (0x14,)
    """One register of both edges, or one of rising and one of falling edges."""
    choice: int | None = None
    """EXTICR of EXTI, a byte each line; None where SYSCFG has them, four bits each line."""
    ports: str = "ABCDEFGHIJK"
    """Ports in the order of their values in EXTICR."""


SEVEN = {6: 1 << 0, 7: 1 << 1, 8: 1 << 2, 9: 1 << 3, 10: 1 << 4, 23: 0x1F << 5, 40: 0x3F << 10}
"""EXTI0 to EXTI4, EXTI9_5, EXTI15_10: all families but STM32G0, STM32U3 and STM32U5."""
OLD = ExtiPlaces(SEVEN)
DUAL_CORE = ExtiPlaces(SEVEN, mask=0x80, rising=0x00, falling=0x04, software=0x08, pending=(0x0C,))
"""RM0434 (STM32WB): masks of core 1."""
H7 = ExtiPlaces(SEVEN, mask=0x80, rising=0x00, falling=0x04, software=0x08, pending=(0x88,))
"""RM0433 and RM0455: masks and pending bits of the CPU."""
U5 = ExtiPlaces(
    {11 + line: 1 << line for line in range(PORT_PINS)},
    mask=0x80,
    rising=0x00,
    falling=0x04,
    software=0x08,
    pending=(0x0C, 0x10),
    choice=0x60,
)
"""RM0456 and stm32u385xx.h: an interrupt each line."""
G0 = replace(U5, interrupts={5: 0b11, 6: 0b11 << 2, 7: 0xFFF << 4})
"""RM0444: EXTI0_1, EXTI2_3, EXTI4_15."""


class PortChoice(Registers):
    """SYSCFG, or AFIO of STM32F1: EXTICR1 to EXTICR4 choose the port of each line. Others keep what is written."""

    def __init__(self, name: str, start: int) -> None:
        self.when_written: Callable[[], None] = lambda: None
        super().__init__(name, start)

    def on_write(self, offset: int, value: int) -> None:
        """Store a register."""
        super().on_write(offset, value)
        self.when_written()


class Exti(Registers):
    """EXTI: an edge that is chosen sets the pending bit of its line, which asks for an interrupt if enabled."""

    def __init__(
        self, system: System, start: int, places: ExtiPlaces, ports: Sequence[Pins], choice: PortChoice
    ) -> None:
        self._system, self._places, self._choice = system, places, choice
        self._ports = {port.name[-1]: port for port in ports}
        self._seen = 0
        super().__init__("EXTI", start)
        choice.when_written = self._look
        for letter, port in self._ports.items():
            port.watch(partial(self._pin_changed, letter))

    def reset(self) -> None:
        """Set the registers to their values after reset."""
        super().reset()
        self._seen = 0

    def on_read(self, offset: int) -> int:
        """Return a register. A software interrupt is done as soon as it is asked for."""
        return 0 if offset == self._places.software else super().on_read(offset)

    def on_write(self, offset: int, value: int) -> None:
        """Store a register. Pending bits are cleared by writing 1."""
        places = self._places
        if offset in places.pending:
            self.words[offset] = self.words.get(offset, 0) & ~value
        elif offset == places.software:
            self._set_pending(value & _LINES, rising=True)
        else:
            super().on_write(offset, value)
            self._look()
        self._request()

    @property
    def _watched(self) -> int:
        """Lines with an edge that is chosen."""
        places = self._places
        return (self.words.get(places.rising, 0) | self.words.get(places.falling, 0)) & _LINES

    def _look(self) -> None:
        """Note the levels of all lines, from which the next edges are seen. A choice makes no edge."""
        self._seen = self._levels(self._lines_of(self._ports))

    def _pin_changed(self, letter: str) -> None:
        """See the edges of the lines of a port."""
        if not self._watched:
            return
        lines = self._lines_of((letter,))
        levels = self._levels(lines)
        edges = (levels ^ self._seen) & lines
        self._seen ^= edges
        for register, of in ((self._places.rising, levels), (self._places.falling, ~levels)):
            found = edges & of & self.words.get(register, 0)
            if found:
                self._set_pending(found, rising=register == self._places.rising)
        self._request()

    def _set_pending(self, lines: int, *, rising: bool) -> None:
        place = self._places.pending[0 if rising else -1]
        self.words[place] = self.words.get(place, 0) | lines

    def _request(self) -> None:
        pending = 0
        for place in self._places.pending:
            pending |= self.words.get(place, 0)
        pending &= self.words.get(self._places.mask, 0)
        for interrupt, lines in self._places.interrupts.items():
            self._system.set_line(interrupt, bool(pending & lines))

    def _lines_of(self, letters: Sequence[str] | Mapping[str, Pins]) -> int:
        """Return the watched lines whose port is one of `letters`."""
        return sum(
            1 << line
            for line in range(PORT_PINS)
            if self._watched >> line & 1 and self._port(line) in letters
        )

    def _levels(self, lines: int) -> int:
        """Return the levels of the pins of `lines`, as their ports read them."""
        levels = {
            letter: self._ports[letter].levels()
            for letter in {self._port(line) for line in range(PORT_PINS) if lines >> line & 1}
        }
        return sum(levels[self._port(line)] & 1 << line for line in range(PORT_PINS) if lines >> line & 1)

    def _port(self, line: int) -> str:
        """Return the letter of the port that EXTICR chooses for `line`; '' for a value without one."""
        places = self._places
        if places.choice is None:
            word = self._choice.words.get(_EXTICR + line // 4 * 4, 0)
            value = word >> line % 4 * 4 & 0xF
        else:
            value = self.words.get(places.choice + line // 4 * 4, 0) >> line % 4 * 8 & 0xFF
        return places.ports[value] if value < len(places.ports) else ""


def pin_interrupts(
    system: System, start: int, places: ExtiPlaces, ports: Sequence[Pins], choice: tuple[str, int]
) -> list[Device]:
    """Return `ports`, EXTI at `start`, and the block that chooses ports by its name and address."""
    chooser = PortChoice(*choice)
    return [*ports, Exti(system, start, places, ports, chooser), chooser]
