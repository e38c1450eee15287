"""What the families of STM32 have in common: dividers of their buses, and lists of timers, ports and pins."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from scons_tinyml.emulator.devices.blocks.clock import Clock
from scons_tinyml.emulator.devices.blocks.pins import MODERN_PINS, PinPlaces, Pins
from scons_tinyml.emulator.devices.blocks.serial import SerialPort
from scons_tinyml.emulator.devices.blocks.timer import Timer
from scons_tinyml.emulator.devices.bus import System

MHZ = 1_000_000
PORT_BYTES = 0x400
_AHB = (2, 4, 8, 16, 64, 128, 256, 512)


def ahb_divider(value: int) -> int:
    """HPRE: 0 to 7 do not divide, 8 to 15 divide by 2 to 512 without 32."""
    return _AHB[value & 7] if value & 8 else 1


def apb_divider(value: int) -> int:
    """PPRE: 0 to 3 do not divide, 4 to 7 divide by 2 to 16."""
    return 2 << (value & 3) if value & 4 else 1


def timer_divider(value: int, *, fourfold: bool = False) -> int:
    """Cycles of the AHB per tick of a timer behind PPRE: twice the bus clock at most, fourfold with TIMPRE."""
    return max(1, apb_divider(value) // (4 if fourfold else 2))


@dataclass(frozen=True)
class TimerPlace:
    """A timer of a chip: `bus` counts the buses of the clock control from 0."""

    name: str
    start: int
    interrupt: int
    bits: int = 16
    bus: int = 0
    compare_interrupt: int | None = None


def timers(system: System, clocks: Sequence[Clock], places: Iterable[TimerPlace]) -> list[Timer]:
    """Timers at their places, counting the clock of their bus."""
    return [
        Timer(
            system,
            place.name,
            place.start,
            clocks[place.bus],
            bits=place.bits,
            interrupt=place.interrupt,
            compare_interrupt=place.compare_interrupt,
        )
        for place in places
    ]


@dataclass(frozen=True)
class SerialPlace:
    """A serial port of a chip."""

    name: str
    start: int
    interrupt: int


def serial_ports(system: System, kind: type[SerialPort], places: Iterable[SerialPlace]) -> list[SerialPort]:
    """Serial ports at their places; all are the console, as boards differ in which one they wire to it."""
    return [kind(system, place.name, place.start, place.interrupt) for place in places]


def pin_ports(start: int, letters: str, places: PinPlaces = MODERN_PINS) -> list[Pins]:
    """Ports of pins, one per letter, 1 KiB apart from `start`."""
    return [Pins(f"GPIO{letter}", start + PORT_BYTES * index, places) for index, letter in enumerate(letters)]
