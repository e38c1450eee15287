"""nRF5340, application core in its secure state: its Product Specification, and nrf5340_application.h.

Blocks are where the secure state has them. After reset that is where all of them are.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from scons_tinyml.emulator.devices.blocks.clock import Clock
from scons_tinyml.emulator.devices.blocks.control import ControlRegisters
from scons_tinyml.emulator.devices.blocks.flash import FlashControl
from scons_tinyml.emulator.devices.blocks.nordic import (
    BLOCK_BYTES,
    Information,
    NordicPinEvents,
    NordicRealTimeCounter,
    NordicSerialPort,
    NordicTimer,
    PowerAndClock,
)
from scons_tinyml.emulator.devices.blocks.pins import NordicPins
from scons_tinyml.emulator.devices.bus import Device, FlashSetup, Registers, System
from scons_tinyml.records.board import Board

_HFCLK_HZ, _TIMER_HZ, _LFCLK_HZ = 128_000_000, 16_000_000, 32_768
PRIORITY_BITS = 3


class Cache(FlashControl):
    """CACHE (section 'CACHE'): ENABLE switches the cache for instructions and data."""

    _ENABLE = 0x500

    def __init__(self, system: System, wait_states: int) -> None:
        self._wait_states = wait_states
        super().__init__(system, 0x5000_1000, {}, access=self._ENABLE, name="CACHE", size_bytes=BLOCK_BYTES)

    def setup(self, access: int) -> FlashSetup:
        """Return the set-up by ENABLE. Firmware cannot choose wait states."""
        return FlashSetup(wait_states=self._wait_states, instruction_cache=bool(access & 1))


class ApplicationClock(PowerAndClock):
    """POWER and CLOCK, with the divider of the core's clock (register HFCLKCTRL). Timers and RTCs keep their speed."""

    _HFCLKCTRL, _HALF = 0x558, 1

    def __init__(self, system: System, fixed: Sequence[tuple[Clock, int]]) -> None:
        self._fixed = tuple(fixed)
        super().__init__(system, 0x5000_5000, 5, {self._HFCLKCTRL: self._HALF})

    def reset(self) -> None:
        """Set the registers to their values after power-on: the core has 64 MHz."""
        super().reset()
        self._divide()

    def on_write(self, offset: int, value: int) -> None:
        """Store a register, and notify the machine of a new speed of the core."""
        before = self._core_hz
        super().on_write(offset, value)
        if self._core_hz != before:
            self.system.set_core_clock(self._core_hz)
            self._divide()

    @property
    def _core_hz(self) -> int:
        return _HFCLK_HZ >> (self.words.get(self._HFCLKCTRL, 0) & self._HALF)

    def _divide(self) -> None:
        for clock, hz in self._fixed:
            clock.set(Fraction(self._core_hz, hz))


_READY, _READYNEXT = 0x400, 0x408
_TIMERS = ((0x5000_F000, 15), (0x5001_0000, 16), (0x5001_1000, 17))
_COUNTERS = ((0x5001_4000, 20), (0x5001_5000, 21))
_PORTS = ((0x5000_8000, 8), (0x5000_9000, 9), (0x5000_B000, 11), (0x5000_C000, 12))
_KEPT = {
    "DCNF": 0x5000_0000,
    "ERRATUM160": 0x5000_2000,
    "SPU": 0x5000_3000,
    "REGULATORS": 0x5000_4000,
    "CTRLAP": 0x5000_6000,
    "DPPIC": 0x5001_7000,
    "WDT0": 0x5001_8000,
    "WDT1": 0x5001_9000,
    "IPC": 0x5002_A000,
    "QSPI": 0x5002_B000,
    "MUTEX": 0x5003_0000,
    "ERRATUM46": 0x5003_2000,
    "USBREGULATOR": 0x5003_7000,
    "VMC": 0x5008_1000,
    "ERRATUM160_2": 0x5010_1000,
    "ERRATUM160_3": 0x5020_1000,
}
"""Blocks that start-up code (system_nrf5340_application.c, with workarounds of errata) writes to without a result."""
_FACTORY = {0x130: 0x7, 0x134: 0x5, 0x20C: 0x5340, 0x218: 512, 0x21C: 1024, 0x220: 4096, 0x224: 256}
"""FICR.INFO: part, KiB of RAM and flash, page size and pages.

Two words identify errata (nrf53_erratas.h).
"""


def devices(board: Board, system: System) -> list[Device]:
    """Return the devices on the buses."""
    fast, slow = Clock(), Clock()
    pins = NordicPins(0x5084_2000, BLOCK_BYTES)
    return [
        ApplicationClock(system, ((fast, _TIMER_HZ), (slow, _LFCLK_HZ))),
        Cache(system, board.flash.wait_states),
        ControlRegisters(
            "NVMC",
            0x5003_9000,
            {_READY: 1, _READYNEXT: 1},
            read_only={_READY: ~0, _READYNEXT: ~0},
            size_bytes=BLOCK_BYTES,
        ),
        Information("FICR", 0x00FF_0000, _FACTORY, BLOCK_BYTES),
        Information("UICR", 0x00FF_8000, {}, BLOCK_BYTES),
        pins,
        NordicPinEvents(system, "GPIOTE0", 0x5000_D000, 13, pins),
        *(Registers(name, start, size_bytes=BLOCK_BYTES) for name, start in _KEPT.items()),
        *(
            NordicTimer(system, f"TIMER{index}", start, fast, interrupt, 6)
            for index, (start, interrupt) in enumerate(_TIMERS)
        ),
        *(
            NordicRealTimeCounter(system, f"RTC{index}", start, slow, interrupt, 4)
            for index, (start, interrupt) in enumerate(_COUNTERS)
        ),
        *(
            NordicSerialPort(system, f"UARTE{index}", start, interrupt)
            for index, (start, interrupt) in enumerate(_PORTS)
        ),
    ]
