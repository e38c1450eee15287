"""SAM D51: its data sheet (DS60001507), and samd51j19a.h with its components."""

from __future__ import annotations

from scons_tinyml.emulator.devices.blocks.control import ControlRegisters
from scons_tinyml.emulator.devices.blocks.flash import FlashControl
from scons_tinyml.emulator.devices.blocks.sam import (
    ClockNet,
    Fuses,
    Generator,
    SamPins,
    SamTimer,
    SercomPort,
    TimerPlaces,
    generator_divider,
    kept,
)
from scons_tinyml.emulator.devices.bus import Device, FlashSetup, Registers, System
from scons_tinyml.records.board import Board

PRIORITY_BITS = 3
BIT_BANDS = False  # its third bus of peripherals begins where the aliases would
_DFLL_HZ, _32K_HZ = 48_000_000, 32_768
_OF_FIRST = 3  # source of a generator: generator 1


class Oscillators(ControlRegisters):
    """OSCCTRL (chapter 'OSCCTRL'): an oscillator that is on is ready, and a loop that is on has locked."""

    _STATUS, _XOSC, _DFLLCTRLA, _DFLLCTRLB, _DFLLMUL, _DPLL = (
        0x10,
        (0x14, 0x18),
        0x1C,
        0x20,
        0x28,
        (0x30, 0x44),
    )
    _RATIO, _CONTROL, _LOCKS = 4, 8, 16  # of a DPLL
    _ENABLE, _USB = 1 << 1, 1 << 3
    _DFLL_READY, _DPLL_LOCK = 1 << 8, 16

    def __init__(self, system: System, crystal_hz: int, slow: ControlRegisters) -> None:
        self._crystal_hz, self._slow = crystal_hz, slow
        self.net = ClockNet(system, self.source_hz, _OF_FIRST)
        values = {self._DFLLCTRLA: 0x82, **dict.fromkeys(self._XOSC, 0x80)}
        values |= {start + place: value for start in self._DPLL for place, value in ((0, 0x80), (8, 0x20))}
        status = {start + self._LOCKS: ~0 for start in self._DPLL}
        syncs = {0x2C: ~0, **{start + 12: ~0 for start in self._DPLL}}
        super().__init__("OSCCTRL", 0x4000_1000, values, read_only={self._STATUS: ~0, **status, **syncs})

    def source_hz(self, source: int) -> int:
        """Return the speed of a source of generators in Hz, 0 while it is off."""
        sources = {
            0: self._crystal(0),
            1: self._crystal(1),
            4: _32K_HZ,
            5: self._slow_crystal(),
            6: self._dfll_hz(),
            7: self._dpll_hz(0),
            8: self._dpll_hz(1),
        }
        return sources.get(source, 0)

    def on_read(self, offset: int) -> int:
        """Return a register, with the status of now."""
        for number, start in enumerate(self._DPLL):
            if offset == start + self._LOCKS:
                return 0b11 if self._dpll_hz(number) else 0
        if offset != self._STATUS:
            return super().on_read(offset)
        crystals = sum(1 << number for number in range(len(self._XOSC)) if self._crystal(number))
        return crystals | (self._DFLL_READY | 3 << 10 if self._dfll_hz() else 0)

    def on_change(self, offset: int) -> None:  # noqa: ARG002
        """Follow with the clocks."""
        self.net.update()

    def _on(self, register: int) -> bool:
        return bool(self.words.get(register, 0) & self._ENABLE)

    def _crystal(self, number: int) -> int:
        return self._crystal_hz if self._on(self._XOSC[number]) else 0

    def _slow_crystal(self) -> int:
        return _32K_HZ if self._slow.words.get(0x14, 0) & self._ENABLE else 0

    def _dfll_hz(self) -> int:
        """Return 48 MHz in open loop and with USB's frames as reference, else a multiple of the reference."""
        control = self.words.get(self._DFLLCTRLB, 0)
        if not self._on(self._DFLLCTRLA):
            return 0
        if not control & 1 or control & self._USB:
            return _DFLL_HZ
        reference = self.net.generator_hz(self.net.channels.get(0, -1))
        return reference * (self.words.get(self._DFLLMUL, 0) & 0xFFFF)

    def _dpll_hz(self, number: int) -> int:
        """Return the speed of a DPLL. Its reference is a channel, or a crystal behind a divider."""
        start = self._DPLL[number]
        if not self._on(start):
            return 0
        control, ratio = self.words.get(start + self._CONTROL, 0), self.words.get(start + self._RATIO, 0)
        divider = 2 * ((control >> 16 & 0x7FF) + 1)
        references = (
            self.net.generator_hz(self.net.channels.get(1 + number, -1)),
            self._slow_crystal(),
            self._crystal(0) // divider,
            self._crystal(1) // divider,
        )
        choice = control >> 5 & 7
        reference = references[choice] if choice < len(references) else 0
        return reference * (32 * ((ratio & 0x1FFF) + 1) + (ratio >> 16 & 0x1F)) // 32


class SlowOscillators(ControlRegisters):
    """OSC32KCTRL (chapter 'OSC32KCTRL'): the crystal is ready once it is on."""

    def __init__(self) -> None:
        super().__init__("OSC32KCTRL", 0x4000_1400, {0x14: 0x2080}, read_only={0x0C: ~0})

    def on_read(self, offset: int) -> int:
        """Return a register. STATUS shows the crystal."""
        return (1 if self.words[0x14] & 2 else 0) if offset == 0x0C else super().on_read(offset)


class GenericClocks(ControlRegisters):
    """GCLK (chapter 'GCLK')."""

    _GENCTRL, _GENERATORS, _PCHCTRL, _CHANNELS, _SYNCBUSY = 0x20, 12, 0x80, 48, 0x04
    _AFTER_RESET = 1 << 8 | 6  # the DFLL

    def __init__(self, net: ClockNet) -> None:
        self._net = net
        super().__init__(
            "GCLK",
            0x4000_1C00,
            {self._GENCTRL: self._AFTER_RESET},
            read_only={self._SYNCBUSY: ~0},
            pulses={0: 1},
        )

    def reset(self) -> None:
        """Set the clocks to those after power-on: the core has the DFLL."""
        super().reset()
        self._set_up(notify=False)

    def on_write(self, offset: int, value: int) -> None:
        """Store a register. SWRST of CTRLA resets them all."""
        if offset == 0 and value & 1:
            super().reset()
        else:
            super().on_write(offset, value)
        self._set_up(notify=True)

    def _set_up(self, *, notify: bool) -> None:
        controls = {n: self.words.get(self._GENCTRL + 4 * n, 0) for n in range(self._GENERATORS)}
        channels = {n: self.words.get(self._PCHCTRL + 4 * n, 0) for n in range(self._CHANNELS)}
        self._net.generators = {
            number: Generator(
                control & 0xF, generator_divider(control >> 16, power_of_two=bool(control & 1 << 12))
            )
            for number, control in controls.items()
            if control & 1 << 8
        }
        self._net.channels = {number: value & 0xF for number, value in channels.items() if value & 1 << 6}
        self._net.update(notify=notify)


class MainClock(ControlRegisters):
    """MCLK (chapter 'MCLK'): the divider of the core's clock, and the masks of the buses."""

    _FLAGS_AND_SO_ON, _DIVIDERS = 0x00, 0x04

    def __init__(self, net: ClockNet) -> None:
        self._net = net
        values = {0x00: 1 << 24, 0x04: 1 << 8 | 1, 0x10: 0x00FF_FFFF, 0x14: 0x7FF, 0x18: 0x0001_8056}
        super().__init__("MCLK", 0x4000_0800, values, read_only={0x00: 1 << 24})

    def reset(self) -> None:
        """Set registers to their values after reset."""
        super().reset()
        self._net.core_divider = 1

    def on_change(self, offset: int) -> None:
        """Follow with the clocks."""
        if offset == self._DIVIDERS:
            self._net.core_divider = max(self.words[offset] >> 8 & 0xFF, 1)
            self._net.update()


class NonVolatileMemory(FlashControl):
    """NVMCTRL (chapter 'NVMCTRL'): always ready. CTRLA has the wait states, unless AUTOWS chooses them."""

    _CTRLA, _PARAM, _STATUS = 0x00, 0x08, 0x10
    _AUTOWS = 1 << 2

    def __init__(self, system: System, flash_bytes: int) -> None:
        super().__init__(
            system,
            0x4100_4000,
            {self._CTRLA: self._AUTOWS, self._PARAM: 6 << 16 | flash_bytes // 512, self._STATUS: 1 << 16},
            access=self._CTRLA,
            name="NVMCTRL",
            read_only={self._PARAM: ~0, self._STATUS: ~0},
        )

    def setup(self, access: int) -> FlashSetup:
        """Return RWS."""
        return FlashSetup(wait_states=None if access & self._AUTOWS else access >> 8 & 0xF)


class Cache(FlashControl):
    """CMCC (chapter 'CMCC'): CTRL switches the cache of flash, for instructions and data, and SR says so."""

    _TYPE, _CTRL, _SR = 0x00, 0x08, 0x0C

    def __init__(self, system: System) -> None:
        super().__init__(
            system,
            0x4100_6000,
            {self._TYPE: 0x12D2},
            access=self._CTRL,
            name="CMCC",
            read_only={self._TYPE: ~0, self._SR: ~0},
        )

    def on_read(self, offset: int) -> int:
        """Return a register."""
        return self.words.get(self._CTRL, 0) & 1 if offset == self._SR else super().on_read(offset)

    def setup(self, access: int) -> FlashSetup:
        """Return CEN."""
        return FlashSetup(instruction_cache=bool(access & 1))


_KEPT = {
    "PAC": 0x4000_0000,
    "PM": 0x4000_0400,
    "RSTC": 0x4000_0C00,
    "WDT": 0x4000_2000,
    "RTC": 0x4000_2400,
    "EIC": 0x4000_2800,
    "FREQM": 0x4000_2C00,
    "USB": 0x4100_0000,
    "DMAC": 0x4100_A000,
    "HMATRIX": 0x4100_C000,
    "EVSYS": 0x4100_E000,
    "RAMECC": 0x4102_0000,
    "AC": 0x4200_2000,
    "ADC0": 0x4300_1C00,
    "ADC1": 0x4300_2000,
    "DAC": 0x4300_2400,
}
_TIMER = TimerPlaces(interrupts=0x08, count=0x14, compare=0x1C, wave=0x0C)
_TIMERS = (
    ("TC0", 0x4000_3800, 9),
    ("TC1", 0x4000_3C00, 9),
    ("TC2", 0x4101_A000, 26),
    ("TC3", 0x4101_C000, 26),
    ("TC4", 0x4200_1400, 30),
    ("TC5", 0x4200_1800, 30),
)
_FIRST_TIMER_INTERRUPT, _FIRST_SERCOM_INTERRUPT = 107, 46
_SERCOMS = (0x4000_3000, 0x4000_3400, 0x4101_2000, 0x4101_4000, 0x4300_0000, 0x4300_0400)
_FLAGS_OF_LINES = (1 << 0, 1 << 1, 1 << 2, 0xF8)
_DEVICE = 0x6006_0304
"""DSU.DID of an ATSAMD51J19A (section 'Device Identification')."""
_REGULATOR_READY = 1 << 8 | 1 << 10


def _lines(number: int) -> dict[int, int]:
    """Return the four interrupts of a SERCOM, with the flags of each."""
    first = _FIRST_SERCOM_INTERRUPT + 4 * number
    return {first + line: flags for line, flags in enumerate(_FLAGS_OF_LINES)}


def devices(board: Board, system: System) -> list[Device]:
    """Return the devices on the buses. The loop of the DFLL has its nominal speed where it is open."""
    external = board.external_clock
    slow = SlowOscillators()
    oscillators = Oscillators(system, external.frequency if external else 0, slow)
    net = oscillators.net
    return [
        oscillators,
        slow,
        GenericClocks(net),
        MainClock(net),
        NonVolatileMemory(system, board.flash_capacity_bytes),
        Cache(system),
        ControlRegisters("SUPC", 0x4000_1800, {0x0C: _REGULATOR_READY}, read_only={0x0C: ~0}),
        Fuses("CALIBRATION", 0x0080_0000, {}, 0x200),
        Registers("DSU", 0x4100_2000, {0x18: _DEVICE}),
        SamPins(0x4100_8000, "ABCD"),
        *(
            SercomPort(system, f"SERCOM{number}", start, _lines(number))
            for number, start in enumerate(_SERCOMS)
        ),
        *(
            SamTimer(system, name, start, net, channel, _FIRST_TIMER_INTERRUPT + number, _TIMER)
            for number, (name, start, channel) in enumerate(_TIMERS)
        ),
        *kept(_KEPT),
    ]
