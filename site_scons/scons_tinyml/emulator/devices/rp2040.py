"""RP2040: its Datasheet.

The boot ROM is not here: an image that calls it (as the SDK's runtime does) faults there.
"""

from __future__ import annotations

from fractions import Fraction

from scons_tinyml.emulator.devices.blocks.clock import Clock
from scons_tinyml.emulator.devices.blocks.control import Field, Follow
from scons_tinyml.emulator.devices.blocks.pico import (
    BLOCK_BYTES,
    AtomicRegisters,
    Microseconds,
    Pads,
    PicoSerialPort,
)
from scons_tinyml.emulator.devices.blocks.pico_clocks import Clocks, Oscillator, Pll, Resets
from scons_tinyml.emulator.devices.blocks.pins import PinDevice
from scons_tinyml.emulator.devices.bus import Device, Registers, System
from scons_tinyml.records.board import Board

# Crystal of the Pico board; nominal speed of the ring oscillator.
_PICO_XOSC_HZ, _ROSC_HZ = 12_000_000, 6_500_000
SYSTICK_REFERENCE_HZ = 1_000_000  # section 2.4.5.1.1
_RESETS = 0x01FF_FFFF
_OTHER_SELECTED = (8, 20, 32, 44, 80, 92, 104, 116)
_PINS = range(30)
_PADS_RESET = 0x56  # inputs on, pulled down


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
    pads = Pads(0x4001_C000, _PINS, _PADS_RESET)
    microseconds = Clock(Fraction(system.descriptor_clock_hz, 1_000_000))
    return [
        Resets(0x4000_C000, _RESETS),
        ring,
        crystal,
        *plls,
        Clocks(
            system, 0x4000_8000, ring, crystal, plls, microseconds, fraction_bits=8, others=_OTHER_SELECTED
        ),
        Microseconds(system, "TIMER", 0x4005_4000, microseconds, 0, 0x34),
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
