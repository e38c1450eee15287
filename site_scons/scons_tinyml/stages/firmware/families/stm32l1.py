"""STM32L1: RM0038."""

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

MULTIPLIERS = (3, 4, 6, 8, 12, 16, 24, 32, 48)
"""By the values of RCC_CFGR.PLLMUL."""
_HSI = Oscillator("HSI", 16 * MHZ)
_HSE = Range(1 * MHZ, 24 * MHZ)
_PLL = PllLimits(
    dividers=(1,),
    multipliers=MULTIPLIERS,
    output_dividers=(2, 3, 4),
    input=Range(2 * MHZ, 24 * MHZ),
    vco=Range(6 * MHZ, 96 * MHZ),
)
"""RM0038, RCC_CFGR and section 'PLL', range 1. The minimum of the VCO is that of its slowest input."""
_FLASH = FlashSpeed(16 * MHZ, 1)
"""RM0038, section 'Reading the NVM', range 1."""
_RCC = 0x4002_3800
SERIAL = SerialPorts(
    template="stm32_old_usart",
    ports=ports(
        _RCC,
        (0x20, 1, {"USART1": (0x4001_3800, 14)}),
        (
            0x24,
            0,
            USART2_TO_UART5,
        ),
    ),
    pins=0x4002_0000,
    pin_enable=ClockEnable(_RCC + 0x1C, 0),
    pin_letters="ABCDEHFG",
)
"""RM0038, memory map, RCC_APB2ENR, RCC_APB1ENR, RCC_AHBENR."""


def clock(board: Board) -> ClockTree:
    """RM0038, chapter 'Reset and clock control (RCC)', section 'Clocks'."""
    buses = (32 * MHZ, 32 * MHZ)
    return ClockTree(oscillator(board, _HSI, "HSE", _HSE), _PLL, 32 * MHZ, AHB_DIVIDERS, buses, _FLASH)
