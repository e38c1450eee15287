"""STM32U5 without security extension in use: RM0456."""

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
_HSE = Range(4 * MHZ, 50 * MHZ)
_PLL = PllLimits(
    dividers=range(1, 17),
    multipliers=range(4, 513),
    output_dividers=range(2, 129, 2),
    input=Range(4 * MHZ, 16 * MHZ),
    vco=Range(128 * MHZ, 544 * MHZ),
)
"""RM0456, RCC_PLL1CFGR, RCC_PLL1DIVR, and DS13737, 'PLL characteristics'.

Even dividers only: duty cycle 50 %.
"""
_FLASH = FlashSpeed(32 * MHZ, 15)
"""RM0456, section 'Read access latency', range 1."""
_RCC = 0x4602_0C00
SERIAL = SerialPorts(
    template="stm32_usart",
    ports=ports(
        _RCC,
        (0xA4, 1, {"USART1": (0x4001_3800, 14)}),
        (
            0x9C,
            0,
            USART2_TO_UART5,
        ),
        (0xA8, 2, {"LPUART1": (0x4600_2400, 6)}),
    ),
    pins=0x4202_0000,
    pin_enable=ClockEnable(_RCC + 0x8C, 0),
    pin_letters="ABCDEFGHI",
)
"""RM0456, memory map, RCC_APB2ENR, RCC_APB1ENR1, RCC_APB3ENR, RCC_AHB2ENR1."""


def clock(board: Board) -> ClockTree:
    """RM0456, section 'Clocks', voltage range 1."""
    buses = (160 * MHZ,) * 3
    return ClockTree(oscillator(board, _HSI16, "HSE", _HSE), _PLL, 160 * MHZ, AHB_DIVIDERS, buses, _FLASH)
