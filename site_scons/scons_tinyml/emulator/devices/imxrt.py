"""i.MX RT1062: its Reference Manual (IMXRT1060RM), and imxrt.h of Teensy's core.

Registers are as the boot ROM leaves them: it has the core at 396 MHz, and the flash set up.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from scons_tinyml.emulator.devices.blocks.clock import Clock
from scons_tinyml.emulator.devices.blocks.control import ControlRegisters
from scons_tinyml.emulator.devices.blocks.imx import (
    BLOCK_BYTES,
    ImxPins,
    IntervalTimer,
    IntervalTimers,
    LowPowerUart,
)
from scons_tinyml.emulator.devices.bus import Device, Registers, System
from scons_tinyml.records.board import Board

_CRYSTAL_HZ, _PLL2_HZ, _PLL3_HZ = 24_000_000, 528_000_000, 480_000_000
SYSTICK_REFERENCE_HZ = 100_000  # as startup.c of Teensy's core says, which manuals do not


class Analog(ControlRegisters):
    """CCM_ANALOG and PMU (chapter 'CCM'): registers with aliases that set, clear and toggle. PLLs lock at once."""

    _PLL_ARM, _PLL_USB1, _PLL_SYS, _PFD_480, _PFD_528 = 0x00, 0x10, 0x30, 0xF0, 0x100
    _LOCK, _BYPASS, _ENABLE, _POWERDOWN = 1 << 31, 1 << 16, 1 << 13, 1 << 12
    _USB1_POWER = 1 << 12
    _AFTER_ROM = _ENABLE | 66  # 24 MHz * 66 / 2

    def __init__(self) -> None:
        self.follower: ClockControl | None = None
        values = {
            self._PLL_ARM: self._AFTER_ROM,
            self._PLL_USB1: 0x3040,
            self._PLL_SYS: 0x2001,
            self._PFD_480: 0x1311_100C,
            self._PFD_528: 0x1018_101B,
        }
        super().__init__("CCM_ANALOG", 0x400D_8000, values, size_bytes=0x1000)

    @property
    def arm_hz(self) -> int:
        """Speed of the PLL of the core in Hz, 0 while it is off."""
        value = self.words[self._PLL_ARM]
        if value & self._BYPASS:
            return _CRYSTAL_HZ
        on = value & self._ENABLE and not value & self._POWERDOWN
        return _CRYSTAL_HZ * (value & 0x7F) // 2 if on else 0

    @property
    def system_pfds_hz(self) -> tuple[int, int]:
        """Speeds of PFD 0 and 2 of PLL 2."""
        value = self.words[self._PFD_528]
        low, high = (_PLL2_HZ * 18 // max(value >> shift & 0x3F, 1) for shift in (0, 16))
        return low, high

    def on_read(self, offset: int) -> int:
        """Return a register; its aliases read alike. A PLL that is on has locked."""
        register = offset & ~0xC
        value = super().on_read(register)
        power = {self._PLL_ARM: not value & self._POWERDOWN, self._PLL_USB1: value & self._USB1_POWER}
        locked = power.get(register, register == self._PLL_SYS and not value & self._POWERDOWN)
        return value | self._LOCK if locked else value

    def on_write(self, offset: int, value: int) -> None:
        """Store, set, clear or toggle, by the alias."""
        register, alias = offset & ~0xC, offset >> 2 & 3
        now = self.words.get(register, 0)
        super().on_write(register, (value, now | value, now & ~value, now ^ value)[alias] & ~self._LOCK)

    def on_change(self, offset: int) -> None:  # noqa: ARG002
        """Follow with the clocks."""
        if self.follower:
            self.follower.update()


class ClockControl(ControlRegisters):
    """CCM (chapter 'CCM'): the clock of the core and its dividers. No handshake is ever busy."""

    _CACRR, _CBCDR, _CBCMR, _CSCMR1, _CSCDR1 = 0x10, 0x14, 0x18, 0x1C, 0x24

    def __init__(self, system: System, analog: Analog) -> None:
        self._system, self._analog = system, analog
        self.peripherals = Clock()
        """PERCLK_CLK_ROOT, which PIT and GPT count."""
        self._core_hz = 0
        values = {
            self._CACRR: 1,
            self._CBCDR: 0x000A_8200,
            self._CBCMR: 0x2DAE_8324,
            self._CSCMR1: 0x0490_0080,
            self._CSCDR1: 0x0649_0B00,
            **dict.fromkeys(range(0x68, 0x88, 4), 0xFFFF_FFFF),
        }
        super().__init__("CCM", 0x400F_C000, values, read_only={0x48: ~0}, size_bytes=BLOCK_BYTES)
        analog.follower = self

    def reset(self) -> None:
        """Set registers as the boot ROM leaves them. The machine is not notified."""
        super().reset()
        self._core_hz = self._speed()
        self._divide()

    def on_change(self, offset: int) -> None:  # noqa: ARG002
        """Follow a change of the clocks."""
        self.update()

    def update(self) -> None:
        """Notify the machine of a new speed of the core."""
        speed = self._speed()
        if speed and speed != self._core_hz:
            self._core_hz = speed
            self._system.set_core_clock(speed)
        self._divide()

    def _speed(self) -> int:
        dividers, choices = self.words[self._CBCDR], self.words[self._CBCMR]
        if dividers >> 25 & 1:
            source = (_PLL3_HZ, _CRYSTAL_HZ, _CRYSTAL_HZ, 0)[choices >> 12 & 3] // ((dividers >> 27 & 7) + 1)
        else:
            low, high = self._analog.system_pfds_hz
            arm = self._analog.arm_hz // ((self.words[self._CACRR] & 7) + 1)
            source = (_PLL2_HZ, high, low, arm)[choices >> 18 & 3]
        return source // ((dividers >> 10 & 7) + 1)

    def _divide(self) -> None:
        bus_hz = Fraction(self._core_hz, (self.words[self._CBCDR] >> 8 & 3) + 1)
        control = self.words[self._CSCMR1]
        hz = (_CRYSTAL_HZ if control >> 6 & 1 else bus_hz) / Fraction((control & 0x3F) + 1)
        self.peripherals.set(Fraction(self._core_hz) / hz)


class Regulator(ControlRegisters):
    """DCDC (chapter 'DCDC'): its output has always settled."""

    def __init__(self) -> None:
        values = {0x00: 1 << 31, 0x0C: 0x0000_010E}
        super().__init__("DCDC", 0x4008_0000, values, read_only={0x00: 1 << 31}, size_bytes=BLOCK_BYTES)


_KEPT = {
    "SNVS_GPR": 0x400A_4000,
    "IOMUXC_SNVS": 0x400A_8000,
    "IOMUXC_GPR": 0x400A_C000,
    "FLEXRAM": 0x400B_0000,
    "EWM": 0x400B_4000,
    "WDOG1": 0x400B_8000,
    "RTWDOG": 0x400B_C000,
    "WDOG2": 0x400D_0000,
    "SNVS": 0x400D_4000,
    "GPC": 0x400F_4000,
    "SRC": 0x400F_8000,
    "GPT1": 0x401E_C000,
    "GPT2": 0x401F_0000,
    "OCOTP": 0x401F_4000,
    "FLEXSPI": 0x402A_8000,
}
_PORTS = (0x401B_8000, 0x401B_C000, 0x401C_0000, 0x401C_4000, 0x400C_0000)
_FAST_PORTS = (0x4200_0000, 0x4200_4000, 0x4200_8000, 0x4200_C000)
_FIRST_UART, _UARTS, _FIRST_UART_INTERRUPT, _TIMER_INTERRUPT = 0x4018_4000, 8, 20, 122
_PADS = dict.fromkeys(range(0x14, 0x204, 4), 5) | dict.fromkeys(range(0x204, 0x3F4, 4), 0x10B0)
"""IOMUXC after reset: pins are GPIO, with a keeper."""


def _pins(pads: Registers) -> Sequence[Device]:
    slow = [ImxPins(number, start, pads) for number, start in enumerate(_PORTS, 1)]
    fast = [ImxPins(number, start, pads, slow[number - 6]) for number, start in enumerate(_FAST_PORTS, 6)]
    return [*slow, *fast]


def devices(board: Board, system: System) -> list[Device]:  # noqa: ARG001
    """Return the devices on the buses."""
    analog = Analog()
    control = ClockControl(system, analog)
    pads = Registers("IOMUXC", 0x401F_8000, _PADS, BLOCK_BYTES)
    timers = IntervalTimers(system, 0x4008_4000, _TIMER_INTERRUPT)
    return [
        analog,
        control,
        Regulator(),
        pads,
        *_pins(pads),
        timers,
        *(IntervalTimer(system, timers, number, control.peripherals) for number in range(4)),
        *(
            LowPowerUart(
                system,
                f"LPUART{number + 1}",
                _FIRST_UART + BLOCK_BYTES * number,
                _FIRST_UART_INTERRUPT + number,
            )
            for number in range(_UARTS)
        ),
        *(Registers(name, start, size_bytes=BLOCK_BYTES) for name, start in _KEPT.items()),
    ]
