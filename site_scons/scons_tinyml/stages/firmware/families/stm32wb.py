"""STM32WB55, core 1: RM0434."""

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
from scons_tinyml.stages.firmware.serial_ports import ClockEnable, SerialPorts, ports

_HSI16 = Oscillator("HSI16", 16 * MHZ)
_HSE = Range(32 * MHZ, 32 * MHZ)
"""DS11929, 'HSE crystal requirements': the radio takes exactly 32 MHz."""
_PLL = PllLimits(
    dividers=range(1, 9),
    multipliers=range(6, 128),
    output_dividers=range(2, 9),
    input=Range(2_660_000, 16 * MHZ),
    vco=Range(96 * MHZ, 344 * MHZ),
)
"""RM0434, RCC_PLLCFGR, and DS11929, 'PLL characteristics', range 1."""
_FLASH = FlashSpeed(18 * MHZ, 3)
"""RM0434, section 'Read access latency', range 1; confirmed by stm32wbxx_hal_rcc.c."""
_RCC = 0x5800_0000
SERIAL = SerialPorts(
    template="stm32_usart",
    ports=ports(
        _RCC,
        (0x60, 1, {"USART1": (0x4001_3800, 14)}),
        (0x5C, 0, {"LPUART1": (0x4000_8000, 0)}),
    ),
    pins=0x4800_0000,
    pin_enable=ClockEnable(_RCC + 0x4C, 0),
    pin_letters="ABCDE",
)
"""RM0434, memory map, RCC_APB2ENR, RCC_APB1ENR2, RCC_AHB2ENR."""


def clock(board: Board) -> ClockTree:
    """RM0434, chapter 'Reset and clock control (RCC)', section 'Clocks', voltage range 1."""
    buses = (64 * MHZ, 64 * MHZ)
    return ClockTree(oscillator(board, _HSI16, "HSE", _HSE), _PLL, 64 * MHZ, AHB_DIVIDERS, buses, _FLASH)
