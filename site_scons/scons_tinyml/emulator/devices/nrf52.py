"""nRF52840: its Product Specification, version 1.1."""

from __future__ import annotations

from fractions import Fraction

from scons_tinyml.emulator.devices.blocks.clock import Clock
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

_CORE_HZ, _TIMER_HZ, _LFCLK_HZ = 64_000_000, 16_000_000, 32_768
_UNCACHED_WAIT_STATES = 2
PRIORITY_BITS = 3
_READY, _READYNEXT, _ICACHECNF = 0x400, 0x408, 0x540


class Flash(FlashControl):
    """NVMC (section 'NVMC'): the flash is always ready, as nothing programs it.

    ICACHECNF switches the cache. Without it a read waits a cycle less (section 'CPU', electrical
    specification).
    """

    def __init__(self, system: System, wait_states: int) -> None:
        self._wait_states = wait_states
        super().__init__(
            system,
            0x4001_E000,
            {_READY: 1, _READYNEXT: 1},
            access=_ICACHECNF,
            name="NVMC",
            read_only={_READY: ~0, _READYNEXT: ~0},
            size_bytes=BLOCK_BYTES,
        )

    def setup(self, access: int) -> FlashSetup:
        """Return the set-up by CACHEEN."""
        on = bool(access & 1)
        return FlashSetup(
            wait_states=self._wait_states if on else _UNCACHED_WAIT_STATES, instruction_cache=on
        )


_TIMERS = (
    (0x4000_8000, 8, 4),
    (0x4000_9000, 9, 4),
    (0x4000_A000, 10, 4),
    (0x4001_A000, 26, 6),
    (0x4001_B000, 27, 6),
)
_COUNTERS = ((0x4000_B000, 11, 3), (0x4001_1000, 17, 4), (0x4002_4000, 36, 4))
_KEPT = {
    "TEMP": 0x4000_C000,
    "CCM": 0x4000_F000,
    "WDT": 0x4001_0000,
    "PPI": 0x4001_F000,
    "QSPI": 0x4002_9000,
    "ERRATUM98": 0x4007_A000,
}
"""Blocks that start-up code (system_nrf52840.c, with workarounds of errata) writes to without a result."""
_FACTORY = {
    0x010: 0x1000,
    0x014: 256,
    0x100: 0x5_2840,
    0x104: 0x4141_4430,
    0x10C: 256,
    0x110: 1024,
    0x130: 8,
    0x134: 2,
}
"""Section 'FICR': page size and pages, part, variant AAD0, KiB of RAM and flash.

Two words identify errata.
"""
_RESET_PIN = 18
"""UICR.PSELRESET of the development kit. If unset, start-up code would write the flash and reset."""


def devices(board: Board, system: System) -> list[Device]:
    """Return the devices on the buses."""
    fast, slow = Clock(_CORE_HZ // _TIMER_HZ), Clock(Fraction(_CORE_HZ, _LFCLK_HZ))
    pins = NordicPins(0x5000_0000, BLOCK_BYTES)
    return [
        PowerAndClock(system, 0x4000_0000, 0),
        Flash(system, board.flash.wait_states),
        Information("FICR", 0x1000_0000, _FACTORY, BLOCK_BYTES),
        Information("UICR", 0x1000_1000, {0x200: _RESET_PIN, 0x204: _RESET_PIN}, BLOCK_BYTES),
        pins,
        NordicPinEvents(system, "GPIOTE", 0x4000_6000, 6, pins),
        *(Registers(name, start, size_bytes=BLOCK_BYTES) for name, start in _KEPT.items()),
        *(
            NordicTimer(system, f"TIMER{index}", start, fast, interrupt, channels)
            for index, (start, interrupt, channels) in enumerate(_TIMERS)
        ),
        *(
            NordicRealTimeCounter(system, f"RTC{index}", start, slow, interrupt, channels)
            for index, (start, interrupt, channels) in enumerate(_COUNTERS)
        ),
        NordicSerialPort(system, "UARTE0", 0x4000_2000, 2),
        NordicSerialPort(system, "UARTE1", 0x4002_8000, 40),
    ]
