"""SAM D21: its data sheet (DS40001882), and samd21g18a.h with its components."""

from __future__ import annotations

from scons_tinyml.emulator.devices.blocks.control import ControlRegisters
from scons_tinyml.emulator.devices.blocks.flash import FlashControl
from scons_tinyml.emulator.devices.blocks.sam import (
    BLOCK_BYTES,
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

PRIORITY_BITS = 2
_DFLL_HZ, _OSC8M_HZ, _ULP_HZ, _CRYSTAL_32K_HZ = 48_000_000, 8_000_000, 32_768, 32_768
_OF_FIRST = 2  # source of a generator: generator 1


class SystemControl(ControlRegisters):
    """SYSCTRL (chapter 'SYSCTRL'): an oscillator that is on is ready, and a loop that is on has locked."""

    _STATUS, _XOSC, _XOSC32K, _OSC32K, _OSC8M, _DFLLCTRL, _DFLLMUL = 0x0C, 0x10, 0x14, 0x18, 0x20, 0x24, 0x2C
    _DPLLCTRL, _DPLLRATIO, _DPLLCONTROL, _DPLLSTATUS = 0x44, 0x48, 0x4C, 0x50
    _ENABLE, _CLOSED = 1 << 1, 1 << 2
    _READY = ((_XOSC, 0), (_XOSC32K, 1), (_OSC32K, 2), (_OSC8M, 3))
    _DFLL_READY, _DFLL_LOCKS, _BOD_READY = 1 << 4, 3 << 6, 1 << 9 | 1 << 11
    _REFERENCE = 0
    """Channel of the DFLL's reference."""

    def __init__(self, system: System, crystal_hz: int) -> None:
        self._crystal_hz = crystal_hz
        self.net = ClockNet(system, self.source_hz, _OF_FIRST)
        values = {
            self._XOSC: 0x80,
            self._XOSC32K: 0x80,
            self._OSC32K: 0x003F_0080,
            0x1C: 0x1F,
            self._OSC8M: 0x8707_0382,
            self._DFLLCTRL: 0x80,
            self._DPLLCTRL: 0x80,
        }
        super().__init__("SYSCTRL", 0x4000_0800, values, read_only={self._STATUS: ~0, self._DPLLSTATUS: ~0})

    def source_hz(self, source: int) -> int:
        """Return the speed of a source of generators in Hz, 0 while it is off."""
        sources = {
            0: self._crystal_hz if self._on(self._XOSC) else 0,
            3: _ULP_HZ,
            4: _ULP_HZ if self._on(self._OSC32K) else 0,
            5: _CRYSTAL_32K_HZ if self._on(self._XOSC32K) else 0,
            6: _OSC8M_HZ >> (self.words[self._OSC8M] >> 8 & 3) if self._on(self._OSC8M) else 0,
            7: self._dfll_hz(),
            8: self._dpll_hz(),
        }
        return sources.get(source, 0)

    def on_read(self, offset: int) -> int:
        """Return a register, with the status of now."""
        if offset == self._DPLLSTATUS:
            return 0b111 if self._dpll_hz() else 0
        if offset != self._STATUS:
            return super().on_read(offset)
        found = sum(1 << bit for register, bit in self._READY if self._on(register))
        locks = self._DFLL_LOCKS if self._on(self._DFLLCTRL) and self._dfll_hz() else 0
        return found | self._DFLL_READY | locks | self._BOD_READY

    def on_change(self, offset: int) -> None:  # noqa: ARG002
        """Follow with the clocks."""
        self.net.update()

    def _on(self, register: int) -> bool:
        return bool(self.words.get(register, 0) & self._ENABLE)

    def _dfll_hz(self) -> int:
        """Return 48 MHz in open loop, whatever the calibration; in closed loop a multiple of its reference."""
        control = self.words[self._DFLLCTRL]
        if not control & self._ENABLE:
            return 0
        if not control & self._CLOSED:
            return _DFLL_HZ
        multiplier = self.words.get(self._DFLLMUL, 0) & 0xFFFF
        usb = control & 1 << 5  # USBCRM: locked to the frames of USB, 1 kHz
        reference = 1000 if usb else self.net.generator_hz(self.net.channels.get(self._REFERENCE, -1))
        return reference * multiplier

    def _dpll_hz(self) -> int:
        """Return the speed of the FDPLL96M. Its reference is a crystal, or a channel."""
        if not self._on(self._DPLLCTRL):
            return 0
        control, ratio = self.words.get(self._DPLLCONTROL, 0), self.words.get(self._DPLLRATIO, 0)
        divider = 2 * ((control >> 16 & 0x7FF) + 1)
        reference = (
            _CRYSTAL_32K_HZ if self._on(self._XOSC32K) else 0,
            self._crystal_hz // divider if self._on(self._XOSC) else 0,
            self.net.generator_hz(self.net.channels.get(1, -1)),
            0,
        )[control >> 4 & 3]
        return reference * (16 * ((ratio & 0xFFF) + 1) + (ratio >> 16 & 0xF)) // 16


class GenericClocks(Device):
    """GCLK (chapter 'GCLK'). A write of a number alone selects the generator or the channel that is read."""

    _CLKCTRL, _GENCTRL, _GENDIV = 2, 4, 8
    _OSC8M = 6

    def __init__(self, net: ClockNet) -> None:
        self._net = net
        super().__init__("GCLK", 0x4000_0C00, BLOCK_BYTES)
        self.reset()

    def reset(self) -> None:
        """Set the clocks to those after power-on: the core has OSC8M, which is divided by 8."""
        self._selected = {self._CLKCTRL: 0, self._GENCTRL: 0, self._GENDIV: 0}
        self._values: dict[int, dict[int, int]] = {
            self._CLKCTRL: {},
            self._GENCTRL: {0: self._OSC8M << 8 | 1 << 16},
            self._GENDIV: {},
        }
        self._follow(notify=False)

    def read(self, offset: int, size_bytes: int) -> int:
        """Return a register. STATUS, at 1, is never busy."""
        for start, values in self._values.items():
            if start <= offset < start + (2 if start == self._CLKCTRL else 4):
                number = self._selected[start]
                value = values.get(number, 0) | number
                return value >> 8 * (offset - start) & (1 << 8 * size_bytes) - 1
        return 0

    def write(self, offset: int, size_bytes: int, value: int) -> None:
        """Select, or set up, a generator or a channel."""
        if offset == 0 and size_bytes == 4:
            self.write(self._CLKCTRL, 2, value >> 16)
        if offset == 0 and value & 1:
            self.reset()
        elif offset in self._selected:
            self._selected[offset] = value & (0x3F if offset == self._CLKCTRL else 0xF)
            if size_bytes > 1:
                self._values[offset][self._selected[offset]] = value & ~0xFF
        self._follow()

    def _follow(self, *, notify: bool = True) -> None:
        self._net.generators = {
            number: Generator(control >> 8 & 0x1F, self._divider(number, control))
            for number, control in self._values[self._GENCTRL].items()
            if control & 1 << 16
        }
        self._net.channels = {
            channel: value >> 8 & 0xF
            for channel, value in self._values[self._CLKCTRL].items()
            if value & 1 << 14
        }
        self._net.update(notify=notify)

    def _divider(self, number: int, control: int) -> int:
        value = self._values[self._GENDIV].get(number, 0) >> 8 & 0xFFFF
        return generator_divider(value, power_of_two=bool(control & 1 << 20))


class PowerManager(ControlRegisters):
    """PM (chapter 'PM'): the divider of the core's clock, and the masks of the buses."""

    _CPUSEL, _FLAGS = 0x08, 0x34

    def __init__(self, net: ClockNet) -> None:
        self._net = net
        values = {0x14: 0x7F, 0x18: 0x7F, 0x1C: 0x7F, 0x20: 0x0001_0000, self._FLAGS: 1}
        super().__init__("PM", 0x4000_0400, values, read_only={self._FLAGS: ~0, 0x38: ~0})

    def reset(self) -> None:
        """Set registers to their values after reset."""
        super().reset()
        self._net.core_divider = 1

    def on_change(self, offset: int) -> None:
        """Follow with the clocks."""
        if offset == self._CPUSEL:
            self._net.core_divider = 1 << (self.words[offset] & 7)
            self._net.update()


class NonVolatileMemory(FlashControl):
    """NVMCTRL (chapter 'NVMCTRL'): always ready. CTRLB has the wait states, and disables the cache."""

    _CTRLB, _PARAM, _INTFLAG, _STATUS = 0x04, 0x08, 0x14, 0x18
    _CACHEDIS = 1 << 18

    def __init__(self, system: System, flash_bytes: int) -> None:
        super().__init__(
            system,
            0x4100_4000,
            {self._PARAM: 3 << 16 | flash_bytes // 64, self._INTFLAG: 1},
            access=self._CTRLB,
            name="NVMCTRL",
            read_only={self._PARAM: ~0, self._INTFLAG: ~0, self._STATUS: ~0},
        )

    def setup(self, access: int) -> FlashSetup:
        """Return RWS and CACHEDIS."""
        return FlashSetup(wait_states=access >> 1 & 0xF, instruction_cache=not access & self._CACHEDIS)


_KEPT = {
    "PAC0": 0x4000_0000,
    "WDT": 0x4000_1000,
    "RTC": 0x4000_1400,
    "EIC": 0x4000_1800,
    "PAC1": 0x4100_0000,
    "DMAC": 0x4100_4800,
    "USB": 0x4100_5000,
    "MTB": 0x4100_6000,
    "SBMATRIX": 0x4100_7000,
    "PAC2": 0x4200_0000,
    "EVSYS": 0x4200_0400,
    "TCC0": 0x4200_2000,
    "TCC1": 0x4200_2400,
    "TCC2": 0x4200_2800,
    "ADC": 0x4200_4000,
    "AC": 0x4200_4400,
    "DAC": 0x4200_4800,
    "I2S": 0x4200_5000,
}
_TIMER = TimerPlaces(interrupts=0x0C, count=0x10, compare=0x18)
_TIMERS = (("TC3", 0x4200_2C00, 27, 18), ("TC4", 0x4200_3000, 28, 19), ("TC5", 0x4200_3400, 28, 20))
_FLAGS = 0xFF
_SERCOMS = 6
_COARSE = 0x1F
_CALIBRATION = {0x20: 0, 0x24: _COARSE << 26, 0x28: 0x200}
"""Section 'NVM Software Calibration Area Mapping': DFLL48M COARSE CAL and FINE CAL, any valid ones."""
_DEVICE = 0x1001_0305
"""DSU.DID of an ATSAMD21G18A, revision D (section 'Device Identification')."""


def devices(board: Board, system: System) -> list[Device]:
    """Return the devices on the buses. The loop of the DFLL has its nominal speed where it is open."""
    external = board.external_clock
    control = SystemControl(system, external.frequency if external else 0)
    net = control.net
    return [
        control,
        GenericClocks(net),
        PowerManager(net),
        NonVolatileMemory(system, board.flash_capacity_bytes),
        Fuses("CALIBRATION", 0x0080_6000, _CALIBRATION, 0x40),
        Registers("DSU", 0x4100_2000, {0x18: _DEVICE}),
        SamPins(0x4100_4400, "AB"),
        *(
            SercomPort(system, f"SERCOM{number}", 0x4200_0800 + BLOCK_BYTES * number, {9 + number: _FLAGS})
            for number in range(_SERCOMS)
        ),
        *(
            SamTimer(system, name, start, net, channel, interrupt, _TIMER)
            for name, start, channel, interrupt in _TIMERS
        ),
        *kept(_KEPT),
    ]
