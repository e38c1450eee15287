"""STM32L4 (RM0351) and STM32L4+ (RM0432)."""

from __future__ import annotations

from scons_tinyml.records.board import Board
from scons_tinyml.stages.firmware.clock import (
    AHB_DIVIDERS,
    MHZ,
    ClockTree,
    FlashSpeed,
    Oscillator,
    PllLimits,
    Range,
)
from scons_tinyml.stages.firmware.families import oscillator
from scons_tinyml.stages.firmware.serial_ports import USART2_TO_UART5, ClockEnable, SerialPorts, ports

_HSI16 = Oscillator("HSI16", 16 * MHZ)
_HSE = Range(4 * MHZ, 48 * MHZ)
_PLL = PllLimits(
    dividers=range(1, 9),
    multipliers=range(8, 87),
    output_dividers=(2, 4, 6, 8),
    input=Range(4 * MHZ, 16 * MHZ),
    vco=Range(64 * MHZ, 344 * MHZ),
)
"""RM0351, RCC_PLLCFGR, and DS10969, 'PLL characteristics', range 1. STM32L4+ allows more dividers."""
_FAST = ("STM32L4P", "STM32L4Q", "STM32L4R", "STM32L4S")
_RCC = 0x4002_1000
SERIAL = SerialPorts(
    template="stm32_usart",
    ports=ports(
        _RCC,
        (0x60, 1, {"USART1": (0x4001_3800, 14)}),
        (
            0x58,
            0,
            USART2_TO_UART5,
        ),
        (0x5C, 0, {"LPUART1": (0x4000_8000, 0)}),
    ),
    pins=0x4800_0000,
    pin_enable=ClockEnable(_RCC + 0x4C, 0),
    pin_letters="ABCDEFGHI",
)
"""RM0432, memory map, RCC_APB2ENR, RCC_APB1ENR1, RCC_APB1ENR2, RCC_AHB2ENR."""


def clock(board: Board) -> ClockTree:
    """RM0351, RM0432, chapter 'Reset and clock control (RCC)', 'Clocks', and section 'Read access latency', range 1."""
    fast = board.part.startswith(_FAST)
    maximum_hz = (120 if fast else 80) * MHZ
    return ClockTree(
        oscillator(board, _HSI16, "HSE", _HSE),
        _PLL,
        maximum_hz,
        AHB_DIVIDERS,
        (maximum_hz, maximum_hz),
        FlashSpeed((20 if fast else 16) * MHZ, 15 if fast else 7),
    )
