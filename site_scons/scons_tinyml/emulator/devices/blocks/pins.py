"""General-purpose pins: outputs are kept, and inputs read levels from outside of the chip."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from scons_tinyml.emulator.devices.bus import Registers

PORT_PINS = 16


class Outside:
    """Levels that something outside of the chip gives to pins, one bit each. A reset of the chip leaves them."""

    def __init__(self) -> None:
        self._given = self._high = 0
        self.when_set: list[Callable[[], None]] = []
        """Listeners, called after each new level."""

    def set(self, bit: int, *, high: bool) -> None:
        """Give the pin `bit` a level from here on."""
        self._given |= 1 << bit
        self._high = self._high & ~(1 << bit) | high << bit
        for action in self.when_set:
            action()

    def levels(self, *, outputs: int, high: int, pulled_up: int) -> int:
        """Return the levels of all pins.

        The chip drives the pins `outputs` to their bits of `high`. Of the others, those with a level from outside have
        it, those of `pulled_up` are high, and the rest low.
        """
        inputs = self._given & self._high | ~self._given & pulled_up
        return high & outputs | inputs & ~outputs


class PinDevice(Registers):
    """Registers of pins. `pins` maps the names of pins to their bits in `outside`."""

    def __init__(
        self,
        name: str,
        start: int,
        pins: Mapping[str, int],
        reset_values: dict[int, int] | None = None,
        size_bytes: int = 0x400,
    ) -> None:
        self.pins, self.outside = dict(pins), Outside()
        self._watchers: list[Callable[[], None]] = []
        super().__init__(name, start, reset_values, size_bytes)

    def watch(self, action: Callable[[], None]) -> None:
        """Call `action` whenever a pin may have another level: by firmware, or from outside."""
        self._watchers.append(action)
        self.outside.when_set.append(action)

    def write(self, offset: int, size_bytes: int, value: int) -> None:
        """Put bytes into a register, and call what watches."""
        super().write(offset, size_bytes, value)
        for action in self._watchers:
            action()


@dataclass(frozen=True)
class PinPlaces:
    """Offsets of the registers of a port. `brr` is None where a family has none."""

    idr: int = 0x10
    odr: int = 0x14
    bsrr: int = 0x18
    brr: int | None = 0x28
    reset_values: Mapping[str, Mapping[int, int]] = field(default_factory=dict)
    """Values after reset by letter of the port, '' for all others."""


_MODER, _OTYPER, _PUPDR = 0x00, 0x04, 0x0C
_OUTPUT, _ANALOG, _PULL_UP = 1, 3, 1
_ALL_ANALOG = 0xFFFF_FFFF
MODERN_PINS = PinPlaces(
    reset_values={
        "A": {_MODER: 0xABFF_FFFF, _PUPDR: 0x6400_0000},
        "B": {_MODER: 0xFFFF_FEBF, _PUPDR: 0x0000_0100},
        "": {_MODER: _ALL_ANALOG},
    }
)
"""RM0432, chapter 'General-purpose I/Os (GPIO)'; RM0455 and RM0456, same chapter: pins are analog after reset."""
OLDER_PINS = PinPlaces(
    reset_values={
        "A": {_MODER: 0xA800_0000, _PUPDR: 0x6400_0000},
        "B": {_MODER: 0x0000_0280, _PUPDR: 0x0000_0100},
    }
)
"""RM0090, RM0385, RM0038, chapter 'General-purpose I/Os (GPIO)': pins are inputs after reset."""


class Pins(PinDevice):
    """Port of pins of STM32."""

    def __init__(self, letter: str, start: int, places: PinPlaces = MODERN_PINS) -> None:
        self._places = places
        values = places.reset_values.get(letter, places.reset_values.get("", {}))
        names = {f"P{letter}{bit}": bit for bit in range(PORT_PINS)}
        super().__init__(f"GPIO{letter}", start, names, dict(values))

    def on_read(self, offset: int) -> int:
        """Return a register. Set and reset registers give 0."""
        places = self._places
        if offset == places.idr:
            return self.levels()
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

    def levels(self) -> int:
        """Return the input register: the level of each pin, 0 of an analog one.

        An output with an open drain is high where it is not low: such a line has a resistor.
        """
        modes, high = self._fields(_MODER), self.words.get(self._places.odr, 0)
        outputs = _bits(mode == _OUTPUT for mode in modes)
        released = self.words.get(_OTYPER, 0) & high & outputs
        pulled_up = _bits(pull == _PULL_UP for pull in self._fields(_PUPDR)) | released
        levels = self.outside.levels(outputs=outputs & ~released, high=high, pulled_up=pulled_up)
        return levels & ~_bits(mode == _ANALOG for mode in modes)

    def _fields(self, offset: int) -> list[int]:
        """Return the two bits of each pin in a register."""
        value = self.words.get(offset, 0)
        return [value >> 2 * bit & 3 for bit in range(PORT_PINS)]


class FirstPins(Pins):
    """Port of pins of STM32F1 (RM0008, chapter 'General-purpose and alternate-function I/Os')."""

    _CRL, _CRH = 0x00, 0x04
    _ANALOG, _PULLED, _OPEN_DRAIN, _ALTERNATE = 0b00, 0b10, 0b01, 0b10

    def levels(self) -> int:
        """Return the input register. ODR says in which direction an input is pulled."""
        setup = self.words.get(self._CRH, 0) << 32 | self.words.get(self._CRL, 0)
        pins = [(setup >> 4 * bit & 3, setup >> 4 * bit + 2 & 3) for bit in range(PORT_PINS)]  # MODE, CNF
        high = self.words.get(self._places.odr, 0)
        outputs = _bits(mode != 0 and not cnf & self._ALTERNATE for mode, cnf in pins)
        released = _bits(mode != 0 and cnf == self._OPEN_DRAIN for mode, cnf in pins) & high
        pulled_up = _bits(mode == 0 and cnf == self._PULLED for mode, cnf in pins) & high | released
        levels = self.outside.levels(outputs=outputs & ~released, high=high, pulled_up=pulled_up)
        return levels & ~_bits(mode == 0 and cnf == self._ANALOG for mode, cnf in pins)


def _bits(flags: Iterable[bool]) -> int:
    """Return the number whose bits are `flags`, the lowest first."""
    return sum(1 << bit for bit, flag in enumerate(flags) if flag)


class NordicPins(PinDevice):
    """GPIO of nRF52840 (product specification, section 'GPIO'): two ports in one block."""

    _OUT, _OUTSET, _OUTCLR, _IN, _DIR, _DIRSET, _DIRCLR = range(0x504, 0x520, 4)
    _PIN_CNF, _DISCONNECTED, _PULL, _PULL_UP = 0x700, 0b10, 0b11 << 2, 0b11 << 2
    _LATCH, _SENSE_HIGH, _SENSE_LOW = 0x520, 2, 3
    _SECOND, _PINS_OF_FIRST_END, _PORTS = 0x300, 0x800, (32, 16)

    def __init__(self, start: int, size_bytes: int) -> None:
        names = {
            f"P{port}.{pin:02}": 32 * port + pin
            for port, pins in enumerate(self._PORTS)
            for pin in range(pins)
        }
        values = {
            self._SECOND * port + self._PIN_CNF + 4 * pin: self._DISCONNECTED
            for port, pins in enumerate(self._PORTS)
            for pin in range(pins)
        }
        super().__init__("GPIO", start, names, values, size_bytes)

    def on_read(self, offset: int) -> int:
        """Return a register. OUT is read for its set and clear registers, DIR for its own."""
        port, place = self._split(offset)
        if place == self._IN:
            return self.levels(port)
        if place == self._LATCH:
            self._store(port, place, self._word(port, place) | self._sensed(port))
        if place in (self._OUTSET, self._OUTCLR):
            return self._word(port, self._OUT)
        return self._word(port, self._DIR if place in (self._DIRSET, self._DIRCLR) else place)

    @property
    def detected(self) -> bool:
        """DETECT: True while a pin has the level that SENSE of its PIN_CNF names."""
        return any(self._sensed(port) for port in range(len(self._PORTS)))

    def _sensed(self, port: int) -> int:
        senses = [self._word(port, self._PIN_CNF + 4 * pin) >> 16 & 3 for pin in range(self._PORTS[port])]
        if not any(senses):
            return 0
        levels = self.levels(port)
        high, low = (
            _bits(sense == level for sense in senses) for level in (self._SENSE_HIGH, self._SENSE_LOW)
        )
        return levels & high | ~levels & low

    def on_write(self, offset: int, value: int) -> None:
        """Store a register. Set and clear registers change OUT and DIR, which is bit 0 of each PIN_CNF too.

        LATCH is cleared by writing 1, but where a pin is still sensed.
        """
        port, place = self._split(offset)
        if place == self._LATCH:
            self._store(port, place, self._word(port, place) & ~value | self._sensed(port))
        elif place in (self._OUTSET, self._OUTCLR):
            self._store(port, self._OUT, self._merged(port, self._OUT, value, clear=place == self._OUTCLR))
        elif place in (self._DIR, self._DIRSET, self._DIRCLR):
            whole = place == self._DIR
            now = value if whole else self._merged(port, self._DIR, value, clear=place == self._DIRCLR)
            self._set_directions(port, now)
        elif place != self._IN:
            self._store(port, place, value)
            pin = (place - self._PIN_CNF) // 4
            if 0 <= pin < self._PORTS[port]:
                directions = self._word(port, self._DIR) & ~(1 << pin) | (value & 1) << pin
                self._store(port, self._DIR, directions)

    def levels(self, port: int) -> int:
        """Return IN: the level of each pin, 0 where the input buffer is disconnected."""
        setups = [self._word(port, self._PIN_CNF + 4 * pin) for pin in range(self._PORTS[port])]
        shift = 32 * port
        levels = self.outside.levels(
            outputs=self._word(port, self._DIR) << shift,
            high=self._word(port, self._OUT) << shift,
            pulled_up=_bits(setup & self._PULL == self._PULL_UP for setup in setups) << shift,
        )
        return levels >> shift & _bits(not setup & self._DISCONNECTED for setup in setups)

    def _set_directions(self, port: int, directions: int) -> None:
        self._store(port, self._DIR, directions)
        for pin in range(self._PORTS[port]):
            place = self._PIN_CNF + 4 * pin
            self._store(port, place, self._word(port, place) & ~1 | directions >> pin & 1)

    def _merged(self, port: int, place: int, value: int, *, clear: bool) -> int:
        now = self._word(port, place)
        return now & ~value if clear else now | value

    def _split(self, offset: int) -> tuple[int, int]:
        """Return the port of a register, and its offset in the first port."""
        port = int(offset >= self._PINS_OF_FIRST_END)
        return port, offset - self._SECOND * port

    def _word(self, port: int, place: int) -> int:
        return self.words.get(self._SECOND * port + place, 0)

    def _store(self, port: int, place: int, value: int) -> None:
        self.words[self._SECOND * port + place] = value
