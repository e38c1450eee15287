"""Devices of STM32 that start-up code of vendors uses: random numbers, calendar, watchdogs, identity of the chip."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from scons_tinyml.emulator.devices.blocks.control import ControlRegisters, ready
from scons_tinyml.emulator.devices.bus import Device, Registers
from scons_tinyml.records.board import Board

_KIB = 1024


@dataclass(frozen=True)
class SupportPlaces:
    """Addresses on a chip, as the CMSIS header of its family has them. None stands for a device that it lacks."""

    calendar: int
    window_watchdog: int
    watchdog: int
    unique_id: int
    flash_size: int
    random: int | None = None
    trimming: int | None = None
    trimming_bits: int = 6
    """Bits of TRIM in CRS_CR, whose value after reset is the middle."""
    tamper: int | None = None


def support(board: Board, places: SupportPlaces) -> list[Device]:
    """Return the devices at `places`.

    Watchdogs never bite, the calendar stands still, and the oscillator needs no trimming: nothing here takes real time.
    """
    found: list[Device] = [
        Calendar(places.calendar),
        Registers("WWDG", places.window_watchdog, {0x00: 0x7F, 0x04: 0x7F}),
        ControlRegisters("IWDG", places.watchdog, {0x08: 0xFFF, 0x10: 0xFFF}, read_only={0x0C: ~0}),
        Identity("UID", places.unique_id, dict(enumerate(_UNIQUE_ID)), 4 * len(_UNIQUE_ID)),
        Identity("FLASHSIZE", places.flash_size & ~3, {0: _flash_size_word(board, places.flash_size)}, 4),
    ]
    if places.random is not None:
        found.append(RandomNumbers(places.random))
    if places.trimming is not None:
        found.append(
            Registers("CRS", places.trimming, {0x00: 1 << 7 + places.trimming_bits, 0x04: 0x2022_BB7F})
        )
    if places.tamper is not None:
        found.append(Registers("TAMP", places.tamper))
    return found


def _flash_size_word(board: Board, address: int) -> int:
    """Return the word around the half-word with the KiB of flash. The other half is not known, and 0."""
    return board.flash_capacity_bytes // _KIB << 8 * (address & 2)


_UNIQUE_ID = (0x0030_001F, 0x3234_510A, 0x3733_3430)
"""Any valid one: place on the wafer, then lot number in ASCII (RM0351, 'Unique device ID register')."""


class Identity(Registers):
    """Words that the factory has written into the system memory, by number."""

    def __init__(self, name: str, start: int, words: Mapping[int, int], size_bytes: int) -> None:
        super().__init__(name, start, {4 * index: word for index, word in words.items()}, size_bytes)

    def on_write(self, offset: int, value: int) -> None:
        """Ignore the write: read only."""


class Calendar(ControlRegisters):
    """RTC (RM0351 and RM0456, chapter 'Real-time clock (RTC)'): always ready for what is written, and standing still.

    INITF follows INIT; shadow registers are in step (RSF); wake-up timer and alarms can be set (WUTWF, ALRxWF).
    """

    _DATE, _STATUS, _PRESCALERS, _WAKE_UP = 0x04, 0x0C, 0x10, 0x14
    _ALWAYS, _INITF = 0b111 | 1 << 5, 1 << 6
    _INIT_BIT = 7

    def __init__(self, start: int) -> None:
        super().__init__(
            "RTC",
            start,
            {
                self._DATE: 0x2101,
                self._STATUS: self._ALWAYS,
                self._PRESCALERS: 0x007F_00FF,
                self._WAKE_UP: 0xFFFF,
            },
            follows=ready(self._STATUS, self._INIT_BIT, distance=-1),
            read_only={self._STATUS: self._ALWAYS | self._INITF},
        )


class RandomNumbers(ControlRegisters):
    """RNG (RM0351, chapter 'Random number generator (RNG)'): the same numbers in every run, ready at once."""

    _CR, _SR, _DR, _RNGEN, _DRDY = 0x00, 0x04, 0x08, 1 << 2, 1

    def __init__(self, start: int) -> None:
        super().__init__("RNG", start, read_only={self._SR: ~0, self._DR: ~0})

    def reset(self) -> None:
        """Set the registers to their values after power-on. The numbers begin again."""
        super().reset()
        self._state = 1

    def on_read(self, offset: int) -> int:
        """Return a register. A read of DR draws a number by Knuth's linear congruential generator (MMIX)."""
        enabled = self.words.get(self._CR, 0) & self._RNGEN
        if offset == self._SR:
            return self._DRDY if enabled else 0
        if offset != self._DR:
            return super().on_read(offset)
        if not enabled:
            return 0
        self._state = (self._state * 6364136223846793005 + 1442695040888963407) % (1 << 64)
        return self._state >> 32
