"""STM32G0: RM0444."""

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
_HSE = Range(4 * MHZ, 48 * MHZ)
_PLL = PllLimits(
    dividers=range(1, 9),
    multipliers=range(8, 87),
    output_dividers=range(2, 9),
    input=Range(2_660_000, 16 * MHZ),
    vco=Range(96 * MHZ, 344 * MHZ),
)
"""RM0444, RCC_PLLCFGR, and DS13560, 'PLL characteristics', range 1."""
_FLASH = FlashSpeed(24 * MHZ, 2)
"""RM0444, section 'FLASH read access latency', range 1."""
_RCC = 0x4002_1000
SERIAL = SerialPorts(
    template="stm32_usart",
    ports=ports(
        _RCC,
        (0x40, 0, {"USART1": (0x4001_3800, 14)}),
        (
            0x3C,
            0,
            {
                "USART2": (0x4000_4400, 17),
                "USART3": (0x4000_4800, 18),
                "USART4": (0x4000_4C00, 19),
                "USART5": (0x4000_5000, 8),
                "USART6": (0x4001_3C00, 9),
                "LPUART1": (0x4000_8000, 20),
                "LPUART2": (0x4000_8400, 7),
            },
        ),
    ),
    pins=0x5000_0000,
    pin_enable=ClockEnable(_RCC + 0x34, 0),
    pin_letters="ABCDEF",
)
"""RM0444, memory map, RCC_APBENR2, RCC_APBENR1, RCC_IOPENR."""


def clock(board: Board) -> ClockTree:
    """RM0444, chapter 'Reset and clock control (RCC)', section 'Clocks'; voltage range 1, which is that after reset."""
    return ClockTree(
        oscillator(board, _HSI16, "HSE", _HSE), _PLL, 64 * MHZ, AHB_DIVIDERS, (64 * MHZ,), _FLASH
    )
