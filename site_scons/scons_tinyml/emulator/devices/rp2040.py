"""RP2040: its Datasheet.

The boot ROM is not here: an image that calls it (as the SDK's runtime does) faults there.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from scons_tinyml.emulator.devices.blocks.clock import Clock
from scons_tinyml.emulator.devices.blocks.control import Field, Follow
from scons_tinyml.emulator.devices.blocks.pico import (
    BLOCK_BYTES,
    AtomicRegisters,
    Microseconds,
    PicoSerialPort,
)
from scons_tinyml.emulator.devices.blocks.pins import PinDevice
from scons_tinyml.emulator.devices.bus import Device, Registers, System
from scons_tinyml.records.board import Board

# Crystal of the Pico board; nominal speed of the ring oscillator.
_PICO_XOSC_HZ, _ROSC_HZ = 12_000_000, 6_500_000
SYSTICK_REFERENCE_HZ = 1_000_000  # section 2.4.5.1.1
_RESETS = 0x01FF_FFFF
_REF_CTRL, _REF_DIV, _REF_SELECTED, _SYS_CTRL, _SYS_DIV, _SYS_SELECTED = 0x30, 0x34, 0x38, 0x3C, 0x40, 0x44
_GLITCHLESS = {_REF_CTRL: 0x3, _SYS_CTRL: 0x1}
_OTHER_SELECTED = dict.fromkeys((8, 20, 32, 44, 80, 92, 104, 116), 1)
_PINS = range(30)
_STABLE, _LOCK = 1 << 31, 1 << 31


class Resets(AtomicRegisters):
    """RESETS (section 2.14): a block that is not held in reset is done with it."""

    _RESET, _DONE = 0x0, 0x8

    def __init__(self) -> None:
        super().__init__(
            "RESETS", 0x4000_C000, {self._RESET: _RESETS}, read_only={self._DONE: ~0}, size_bytes=BLOCK_BYTES
        )

    def on_read(self, offset: int) -> int:
        """Return a register. RESET_DONE is the complement of RESET."""
        return ~self.words[self._RESET] & _RESETS if offset == self._DONE else super().on_read(offset)


class Oscillator(AtomicRegisters):
    """XOSC and ROSC, sections 2.16 and 2.17: stable once ENABLE of CTRL has its magic value."""

    _CTRL, _ENABLE, _DISABLED = 0x0, 0xFFF << 12, 0xD1E << 12
    _ENABLED_BIT = 1 << 12

    def __init__(self, name: str, start: int, status: int, reset_control: int, speed_hz: int) -> None:
        self._status, self._speed_hz = status, speed_hz
        super().__init__(
            name, start, {self._CTRL: reset_control}, read_only={status: ~0}, size_bytes=BLOCK_BYTES
        )

    @property
    def running(self) -> bool:
        """True when ENABLE is FAB."""
        return self.words[self._CTRL] & self._ENABLE == 0xFAB << 12

    @property
    def hz(self) -> int:
        """Speed in Hz, 0 while it is off."""
        return self._speed_hz if self.running else 0

    def on_read(self, offset: int) -> int:
        """Return a register. STATUS shows enabled and stable."""
        if offset == self._status:
            return _STABLE | self._ENABLED_BIT if self.running else 0
        return super().on_read(offset)


class Pll(AtomicRegisters):
    """PLL (section 2.18): locked while neither PD nor VCOPD holds it down."""

    _CS, _PWR, _FBDIV, _PRIM = 0x0, 0x4, 0x8, 0xC
    _HELD = 1 << 0 | 1 << 5

    def __init__(self, name: str, start: int, crystal: Oscillator) -> None:
        self._crystal = crystal
        super().__init__(
            name,
            start,
            {self._CS: 1, self._PWR: 0x2D, self._PRIM: 0x7_7000},
            read_only={self._CS: _LOCK},
            size_bytes=BLOCK_BYTES,
        )

    @property
    def hz(self) -> int:
        """Speed of the output in Hz, 0 while it is not locked."""
        if self.words[self._PWR] & self._HELD:
            return 0
        dividers = self.words[self._PRIM]
        after = max(dividers >> 16 & 7, 1) * max(dividers >> 12 & 7, 1)
        before = max(self.words[self._CS] & 0x3F, 1)
        return self._crystal.hz // before * (self.words.get(self._FBDIV, 0) & 0xFFF) // after

    def on_read(self, offset: int) -> int:
        """Return a register. CS shows the lock."""
        return super().on_read(offset) | (_LOCK if offset == self._CS and self.hz else 0)


class Clocks(AtomicRegisters):
    """Switches of clk_ref and clk_sys (section 2.15). The timer counts microseconds whatever they are."""

    def __init__(
        self, system: System, ring: Oscillator, crystal: Oscillator, plls: Sequence[Pll], microseconds: Clock
    ) -> None:
        self._system, self._ring, self._crystal, self._plls = system, ring, crystal, plls
        self._microseconds, self._core_hz = microseconds, 0
        selected = {_REF_SELECTED: 1, _SYS_SELECTED: 1, **_OTHER_SELECTED}
        super().__init__(
            "CLOCKS",
            0x4000_8000,
            {_REF_DIV: 0x100, _SYS_DIV: 0x100, **selected},
            read_only=dict.fromkeys(selected, ~0),
            size_bytes=BLOCK_BYTES,
        )

    def on_change(self, offset: int) -> None:  # noqa: ARG002
        """Set SELECTED of the glitchless switches, and notify the machine of a new speed."""
        for control, mask in _GLITCHLESS.items():
            self.words[control + 8] = 1 << (self.words.get(control, 0) & mask)
        speed = self._sys_hz
        if speed and speed != self._core_hz:
            self._core_hz = speed
            self._system.set_core_clock(speed)
            self._microseconds.set(Fraction(speed, 1_000_000))

    @property
    def _sys_hz(self) -> int:
        control = self.words.get(_SYS_CTRL, 0)
        source = self._sources(control >> 5 & 7) if control & 1 else self._ref_hz
        return source * 256 // max(self.words[_SYS_DIV], 1)

    @property
    def _ref_hz(self) -> int:
        source = (self._ring.hz, self._plls[1].hz, self._crystal.hz, 0)[self.words.get(_REF_CTRL, 0) & 3]
        return source // max(self.words[_REF_DIV] >> 8 & 3, 1)

    def _sources(self, source: int) -> int:
        """Return the speed in Hz of an auxiliary source of clk_sys: both PLLs, ring oscillator, crystal."""
        return (*(pll.hz for pll in self._plls), self._ring.hz, self._crystal.hz, 0, 0, 0, 0)[source]


class Pads(AtomicRegisters):
    """PADS_BANK0 (section 2.19.6.3): resistors and inputs of the pins. After reset inputs are on and pulled down."""

    _FIRST, _RESET = 0x04, 0x56
    _PUE, _IE = 1 << 3, 1 << 6

    def __init__(self) -> None:
        values = {self._FIRST + 4 * pin: self._RESET for pin in _PINS}
        super().__init__("PADS_BANK0", 0x4001_C000, values, size_bytes=BLOCK_BYTES)

    @property
    def pulled_up(self) -> int:
        """Pins with their upper resistor on, as bits."""
        return self._pins_with(self._PUE)

    @property
    def inputs(self) -> int:
        """Pins with their input on, as bits."""
        return self._pins_with(self._IE)

    def _pins_with(self, flag: int) -> int:
        return sum(1 << pin for pin in _PINS if self.words[self._FIRST + 4 * pin] & flag)


class SingleCycle(PinDevice):
    """SIO of core 0 (section 2.3.1): pins, divider and spinlocks.

    Core 1 stays asleep; nothing comes from it.
    """

    _IN, _OUT, _OE, _FIFO_ST, _READY_TO_SEND = 0x04, 0x10, 0x20, 0x50, 1 << 1
    _DIVIDE, _QUOTIENT, _REMAINDER, _CSR, _SPINLOCKS = range(0x60, 0x70, 4), 0x70, 0x74, 0x78, 0x100

    def __init__(self, pads: Pads) -> None:
        self._pads = pads
        super().__init__("SIO", 0xD000_0000, {f"GPIO{pin}": pin for pin in _PINS}, size_bytes=0x1000)

    def on_read(self, offset: int) -> int:
        """Return a register. A read claims a spinlock; the result of the divider is ready."""
        if offset >= self._SPINLOCKS:
            claimed = self.words.get(offset, 0)
            self.words[offset] = 1
            return 0 if claimed else 1 << (offset - self._SPINLOCKS) // 4
        if offset == self._IN:
            return self._levels()
        fixed = {self._FIFO_ST: self._READY_TO_SEND, self._CSR: 1}
        return fixed[offset] if offset in fixed else super().on_read(offset)

    def on_write(self, offset: int, value: int) -> None:
        """Set, clear or toggle pins, divide, or release a spinlock."""
        if offset >= self._SPINLOCKS:
            self.words[offset] = 0
            return
        for register in (self._OUT, self._OE):
            if offset in range(register + 4, register + 16, 4):
                now = self.words.get(register, 0)
                self.words[register] = (now | value, now & ~value, now ^ value)[(offset - register) // 4 - 1]
                return
        super().on_write(offset, value)
        if offset in self._DIVIDE:
            self._divide(signed=offset >= self._DIVIDE[2])

    def _levels(self) -> int:
        """Return GPIO_IN: the level of each pin whose pad has its input enabled, else 0."""
        levels = self.outside.levels(
            outputs=self.words.get(self._OE, 0),
            high=self.words.get(self._OUT, 0),
            pulled_up=self._pads.pulled_up,
        )
        return levels & self._pads.inputs

    def _divide(self, *, signed: bool) -> None:
        """Divide (section 2.3.1.5).

        A division by 0 gives all ones, or 1 for a negative dividend, and leaves the dividend as
        remainder.
        """
        places = self._DIVIDE[2:] if signed else self._DIVIDE[:2]
        dividend, divisor = (self.words.get(place, 0) for place in places)
        if signed:
            dividend, divisor = (value - (1 << 32) if value >> 31 else value for value in (dividend, divisor))
        if divisor == 0:
            quotient, remainder = (1 if dividend < 0 else -1), dividend
        else:
            quotient = abs(dividend) // abs(divisor) * (1 if (dividend < 0) == (divisor < 0) else -1)
            remainder = dividend - quotient * divisor
        self.words[self._QUOTIENT], self.words[self._REMAINDER] = (
            quotient & 0xFFFF_FFFF,
            remainder & 0xFFFF_FFFF,
        )


class SerialFlashPort(Registers):
    """XIP_SSI (section 4.10): the second boot stage sets up the flash through it.

    Its status says 'quad enabled'.
    """

    _SR, _DR0, _TFE, _TFNF, _RFNE, _QE = 0x28, 0x60, 1 << 2, 1 << 1, 1 << 3, 2

    def __init__(self) -> None:
        super().__init__("XIP_SSI", 0x1800_0000, size_bytes=0x1000)

    def on_read(self, offset: int) -> int:
        """Return a register. It is never busy; every answer is the flash's second status register."""
        fixed = {self._SR: self._TFE | self._TFNF | self._RFNE, self._DR0: self._QE}
        return fixed[offset] if offset in fixed else super().on_read(offset)


_KEPT = {
    "SYSCFG": 0x4000_4000,
    "IO_BANK0": 0x4001_4000,
    "IO_QSPI": 0x4001_8000,
    "PADS_QSPI": 0x4002_0000,
    "BUSCTRL": 0x4003_0000,
    "VREG_AND_CHIP_RESET": 0x4006_4000,
}
_TICK_ENABLE = Follow(Field(0x2C, 1 << 9), Field(0x2C, 1 << 10))  # ENABLE, RUNNING
_PSM_ALL = 0x1_FFFF


def devices(board: Board, system: System) -> list[Device]:
    """Return the devices on the buses.

    The timer counts from reset on. Its tick comes from the watchdog, which is not consulted.
    """
    ring = Oscillator("ROSC", 0x4006_0000, 0x18, 0xFAB << 12 | 0xAA0, _ROSC_HZ)
    crystal_hz = board.external_clock.frequency if board.external_clock else _PICO_XOSC_HZ
    crystal = Oscillator("XOSC", 0x4002_4000, 0x04, 0xD1E << 12, crystal_hz)
    plls = [Pll("PLL_SYS", 0x4002_8000, crystal), Pll("PLL_USB", 0x4002_C000, crystal)]
    pads = Pads()
    microseconds = Clock(Fraction(system.descriptor_clock_hz, 1_000_000))
    return [
        Resets(),
        ring,
        crystal,
        *plls,
        Clocks(system, ring, crystal, plls, microseconds),
        Microseconds(system, 0x4005_4000, microseconds),
        PicoSerialPort(system, "UART0", 0x4003_4000, 20),
        PicoSerialPort(system, "UART1", 0x4003_8000, 21),
        AtomicRegisters("SYSINFO", 0x4000_0000, {0x00: 0x2000_2927, 0x04: 2}, size_bytes=BLOCK_BYTES),
        AtomicRegisters("PSM", 0x4001_0000, {0x0C: _PSM_ALL}, read_only={0x0C: ~0}, size_bytes=BLOCK_BYTES),
        AtomicRegisters(
            "WATCHDOG", 0x4005_8000, {0x2C: 0x200}, follows=(_TICK_ENABLE,), size_bytes=BLOCK_BYTES
        ),
        AtomicRegisters("TBMAN", 0x4006_C000, {0x00: 1}, size_bytes=BLOCK_BYTES),
        *(AtomicRegisters(name, start, size_bytes=BLOCK_BYTES) for name, start in _KEPT.items()),
        Registers("XIP_CTRL", 0x1400_0000, {0x00: 3, 0x08: 2}),
        SerialFlashPort(),
        pads,
        SingleCycle(pads),
    ]
