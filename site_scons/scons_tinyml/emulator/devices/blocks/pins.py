"""General-purpose pins: outputs are kept, and inputs read the output of the pin."""

from __future__ import annotations

from dataclasses import dataclass, field

from scons_tinyml.emulator.devices.bus import Registers


@dataclass(frozen=True)
class PinPlaces:
    """Offsets of the registers of a port. `brr` is None where a family has none."""

    idr: int = 0x10
    odr: int = 0x14
    bsrr: int = 0x18
    brr: int | None = 0x28
    reset_values: dict[int, int] = field(default_factory=dict)


MODERN_PINS = PinPlaces()
"""RM0432, chapter 'General-purpose I/Os (GPIO)'."""


class Pins(Registers):
    """Port of pins of STM32."""

    def __init__(self, name: str, start: int, places: PinPlaces = MODERN_PINS) -> None:
        self._places = places
        super().__init__(name, start, places.reset_values)

    def on_read(self, offset: int) -> int:
        """Return a register. The input register gives the output; set and reset registers give 0."""
        places = self._places
        if offset == places.idr:
            return super().on_read(places.odr)
        return 0 if offset in (places.bsrr, places.brr) else super().on_read(offset)

    def on_write(self, offset: int, value: int) -> None:
        """Store a register. Set and reset registers change the output."""
        places, output = self._places, self.words.get(self._places.odr, 0)
        if offset == places.bsrr:
            self.words[places.odr] = output & ~(value >> 16) | value & 0xFFFF
        elif offset == places.brr:
            self.words[places.odr] = output & ~(value & 0xFFFF)
        elif offset != places.idr:
            super().on_write(offset, value)
