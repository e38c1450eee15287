"""Places of the timers, serial ports and pins of STM32 that several families share."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from scons_tinyml.emulator.devices.blocks.clock import Clock
from scons_tinyml.emulator.devices.blocks.pins import MODERN_PINS, PinPlaces, Pins
from scons_tinyml.emulator.devices.blocks.serial import SerialPort
from scons_tinyml.emulator.devices.blocks.timer import Timer
from scons_tinyml.emulator.devices.bus import System

PORT_BYTES = 0x400


@dataclass(frozen=True)
class TimerPlace:
    """Timer of a chip. `bus` counts the buses of the clock control from 0."""

    name: str
    start: int
    interrupt: int
    bits: int = 16
    bus: int = 0
    compare_interrupt: int | None = None


def timers(system: System, clocks: Sequence[Clock], places: Iterable[TimerPlace]) -> list[Timer]:
    """Return timers at their places, each counting the clock of its bus."""
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
    """Serial port of a chip."""

    name: str
    start: int
    interrupt: int


def serial_ports(system: System, kind: type[SerialPort], places: Iterable[SerialPlace]) -> list[SerialPort]:
    """Return serial ports at their places. All are the console, as boards wire different ones to it."""
    return [kind(system, place.name, place.start, place.interrupt) for place in places]


def pin_ports(
    start: int, letters: str, places: PinPlaces = MODERN_PINS, kind: type[Pins] = Pins
) -> list[Pins]:
    """Return ports of pins, one per letter, 1 KiB apart from `start`."""
    return [kind(letter, start + PORT_BYTES * index, places) for index, letter in enumerate(letters)]


NARROW_TIM2_TO_4 = (
    TimerPlace("TIM2", 0x4000_0000, 28),
    TimerPlace("TIM3", 0x4000_0400, 29),
    TimerPlace("TIM4", 0x4000_0800, 30),
)
"""RM0008 (STM32F1), RM0038 (STM32L1), chapters on interrupts and memory map."""
TIM2_TO_7 = (
    TimerPlace("TIM2", 0x4000_0000, 28, bits=32),
    TimerPlace("TIM3", 0x4000_0400, 29),
    TimerPlace("TIM4", 0x4000_0800, 30),
    TimerPlace("TIM5", 0x4000_0C00, 50, bits=32),
    TimerPlace("TIM6", 0x4000_1000, 54),
    TimerPlace("TIM7", 0x4000_1400, 55),
)
"""RM0090 (STM32F4), RM0385 (STM32F7), RM0455 (STM32H7A3), RM0432 (STM32L4), same chapters."""
TIM1_TO_8_AND_12_TO_14 = (
    *TIM2_TO_7,
    TimerPlace("TIM12", 0x4000_1800, 43),
    TimerPlace("TIM13", 0x4000_1C00, 44),
    TimerPlace("TIM14", 0x4000_2000, 45),
    TimerPlace("TIM1", 0x4001_0000, 25, bus=1, compare_interrupt=27),
    TimerPlace("TIM8", 0x4001_0400, 44, bus=1, compare_interrupt=46),
)
"""RM0090, RM0385, RM0455."""
USART2_AND_3 = (
    SerialPlace("USART2", 0x4000_4400, 38),
    SerialPlace("USART3", 0x4000_4800, 39),
)
"""All families but STM32G0 and STM32U5."""
UART4_AND_5 = (
    SerialPlace("UART4", 0x4000_4C00, 52),
    SerialPlace("UART5", 0x4000_5000, 53),
)
"""RM0090, RM0385, RM0455, RM0432."""
USART1_TO_6 = (
    SerialPlace("USART1", 0x4001_1000, 37),
    *USART2_AND_3,
    *UART4_AND_5,
    SerialPlace("USART6", 0x4001_1400, 71),
)
"""RM0090, RM0385, RM0455."""
USART1_TO_8 = (
    *USART1_TO_6,
    SerialPlace("UART7", 0x4000_7800, 82),
    SerialPlace("UART8", 0x4000_7C00, 83),
)
"""RM0385, RM0455."""
