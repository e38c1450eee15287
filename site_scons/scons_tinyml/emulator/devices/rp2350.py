"""RP2350, its Arm core 0: its Datasheet, and the register headers of the SDK.

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

# Crystal of the Pico 2 board; nominal speed of the ring oscillator.
_PICO_2_XOSC_HZ, _ROSC_HZ = 12_000_000, 11_000_000
SYSTICK_REFERENCE_HZ = 1_000_000  # section 'Ticks'
_RESETS = 0x1FFF_FFFF
_OTHER_SELECTED = (0x08, 0x14, 0x20, 0x2C, 0x50, 0x5C, 0x68, 0x74)
_FROM_RING = 2 << 5 | 1  # CLK_SYS_CTRL after reset: AUXSRC, SRC
_PINS = range(48)
_PADS_RESET = 0x116  # isolated, inputs off, pulled down


class SingleCycle(PinDevice):
    """SIO of core 0 (section 'SIO'): pins and spinlocks. The upper pins have a register beside that of the lower ones.

    Core 1 stays asleep; nothing comes from it.
    """

    _IN, _OUT, _OE, _FIFO_ST, _READY_TO_SEND, _SPINLOCKS = 0x04, 0x10, 0x30, 0x50, 1 << 1, 0x100
    _UPPER = 4

    def __init__(self, pads: Pads) -> None:
        self._pads = pads
        super().__init__("SIO", 0xD000_0000, {f"GPIO{pin}": pin for pin in _PINS}, size_bytes=0x1000)

    def on_read(self, offset: int) -> int:
        """Return a register. A read claims a spinlock."""
        if self._SPINLOCKS <= offset < self._SPINLOCKS + 0x80:
            claimed = self.words.get(offset, 0)
            self.words[offset] = 1
            return 0 if claimed else 1 << (offset - self._SPINLOCKS) // 4
        if offset in (self._IN, self._IN + self._UPPER):
            return self._levels() >> (32 if offset != self._IN else 0) & 0xFFFF_FFFF
        return self._READY_TO_SEND if offset == self._FIFO_ST else super().on_read(offset)

    def on_write(self, offset: int, value: int) -> None:
        """Set, clear or toggle pins, or release a spinlock."""
        if self._SPINLOCKS <= offset < self._SPINLOCKS + 0x80:
            self.words[offset] = 0
            return
        for register in (self._OUT, self._OE):
            how, upper = divmod(offset - register, 8)
            if how in (1, 2, 3):
                now = self.words.get(register + upper, 0)
                self.words[register + upper] = (now | value, now & ~value, now ^ value)[how - 1]
                return
        super().on_write(offset, value)

    def _levels(self) -> int:
        """Return the level of each pin whose pad has its input enabled, else 0."""
        levels = self.outside.levels(
            outputs=self._both(self._OE), high=self._both(self._OUT), pulled_up=self._pads.pulled_up
        )
        return levels & self._pads.inputs

    def _both(self, register: int) -> int:
        return self.words.get(register + self._UPPER, 0) << 32 | self.words.get(register, 0)


class SerialFlashPort(AtomicRegisters):
    """XIP_QMI (section 'QSPI memory interface'): never busy. The flash answers with its second status register."""

    _CSR, _RX, _BUSY, _TXEMPTY, _QE = 0x00, 0x08, 1 << 1, 1 << 11, 2

    def __init__(self) -> None:
        values = {self._CSR: 0x0180_0000, 0x0C: 0x4000_0004, 0x10: 0x1000, 0x14: 0xA003}
        super().__init__("XIP_QMI", 0x400D_0000, values, size_bytes=BLOCK_BYTES)

    def on_read(self, offset: int) -> int:
        """Return a register."""
        if offset == self._RX:
            return self._QE
        return super().on_read(offset) & ~self._BUSY | (self._TXEMPTY if offset == self._CSR else 0)


_KEPT = {
    "SYSCFG": 0x4000_8000,
    "IO_BANK0": 0x4002_8000,
    "IO_QSPI": 0x4003_0000,
    "PADS_QSPI": 0x4004_0000,
    "ACCESSCTRL": 0x4006_0000,
    "BUSCTRL": 0x4006_8000,
    "WATCHDOG": 0x400D_8000,
    "POWMAN": 0x4010_0000,
}
_TICKS = tuple(Follow(Field(12 * tick, 1 << 0), Field(12 * tick, 1 << 1)) for tick in range(6))
_PSM_ALL = 0x1FF_FFFF


def devices(board: Board, system: System) -> list[Device]:
    """Return the devices on the buses. The timers count from reset on; their ticks are not consulted."""
    ring = Oscillator("ROSC", 0x400E_8000, 0x1C, 0xFAB << 12 | 0xAA0, _ROSC_HZ)
    crystal_hz = board.external_clock.frequency if board.external_clock else _PICO_2_XOSC_HZ
    crystal = Oscillator("XOSC", 0x4004_8000, 0x04, 0xD1E << 12, crystal_hz)
    plls = [Pll("PLL_SYS", 0x4005_0000, crystal), Pll("PLL_USB", 0x4005_8000, crystal)]
    pads = Pads(0x4003_8000, _PINS, _PADS_RESET)
    microseconds = Clock(Fraction(system.descriptor_clock_hz, 1_000_000))
    return [
        Resets(0x4002_0000, _RESETS),
        ring,
        crystal,
        *plls,
        Clocks(
            system,
            0x4001_0000,
            ring,
            crystal,
            plls,
            microseconds,
            fraction_bits=16,
            others=_OTHER_SELECTED,
            sys_control=_FROM_RING,
        ),
        Microseconds(system, "TIMER0", 0x400B_0000, microseconds, 0, 0x3C),
        Microseconds(system, "TIMER1", 0x400B_8000, microseconds, 4, 0x3C),
        PicoSerialPort(system, "UART0", 0x4007_0000, 33),
        PicoSerialPort(system, "UART1", 0x4007_8000, 34),
        AtomicRegisters("SYSINFO", 0x4000_0000, {0x00: 0x2000_4927, 0x08: 2}, size_bytes=BLOCK_BYTES),
        AtomicRegisters("PSM", 0x4001_8000, {0x0C: _PSM_ALL}, read_only={0x0C: ~0}, size_bytes=BLOCK_BYTES),
        AtomicRegisters("TICKS", 0x4010_8000, follows=_TICKS, size_bytes=BLOCK_BYTES),
        *(AtomicRegisters(name, start, size_bytes=BLOCK_BYTES) for name, start in _KEPT.items()),
        Registers("XIP_CTRL", 0x400C_8000, {0x00: 0x83, 0x08: 2}),
        SerialFlashPort(),
        pads,
        SingleCycle(pads),
    ]
