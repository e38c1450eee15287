"""STM32G4: RM0440."""

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
    dividers=range(1, 17),
    multipliers=range(8, 128),
    output_dividers=(2, 4, 6, 8),
    input=Range(2_660_000, 16 * MHZ),
    vco=Range(96 * MHZ, 344 * MHZ),
)
"""RM0440, RCC_PLLCFGR, and DS12288, 'PLL characteristics', range 1."""
_BOOST_HZ = 150 * MHZ
_RCC = 0x4002_1000
SERIAL = SerialPorts(
    template="stm32_usart",
    ports=ports(
        _RCC,
        (0x60, 1, {"USART1": (0x4001_3800, 14)}),
        (0x58, 0, USART2_TO_UART5),
        (0x5C, 0, {"LPUART1": (0x4000_8000, 0)}),
    ),
    pins=0x4800_0000,
    pin_enable=ClockEnable(_RCC + 0x4C, 0),
    pin_letters="ABCDEFG",
)
"""RM0440, memory map, RCC_APB2ENR, RCC_APB1ENR1, RCC_APB1ENR2, RCC_AHB2ENR."""


def clock(board: Board) -> ClockTree:
    """RM0440, chapter 'Reset and clock control (RCC)', 'Clocks', and section 'Read access latency', range 1.

    More than 150 MHz take the boost mode of range 1, where the flash is faster.
    """
    flash = FlashSpeed((34 if board.clock > _BOOST_HZ else 30) * MHZ, 15)
    buses = (170 * MHZ, 170 * MHZ)
    return ClockTree(oscillator(board, _HSI16, "HSE", _HSE), _PLL, 170 * MHZ, AHB_DIVIDERS, buses, flash)
