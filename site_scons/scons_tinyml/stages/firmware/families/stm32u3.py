"""STM32U375 and U385 without security extension in use: RM0487."""

from __future__ import annotations

from scons_tinyml.records.board import Board
from scons_tinyml.stages.firmware.clock import AHB_DIVIDERS, MHZ, ClockTree, FlashSpeed, Oscillator, Range
from scons_tinyml.stages.firmware.families import oscillator
from scons_tinyml.stages.firmware.serial_ports import ClockEnable, SerialPorts, ports

_MSIS = tuple(Oscillator("MSIS", mega * MHZ) for mega in (96, 48, 24, 12, 6, 3))
"""RM0487, RCC_ICSCR1: MSIRC0 of 96 MHz or MSIRC1 of 24 MHz, divided by 1, 2, 4 or 8."""
_HSE = Range(4 * MHZ, 50 * MHZ)
_FLASH = FlashSpeed(32 * MHZ, 15)
"""RM0487, section 'Read access latency', range 1, LPM = 0; confirmed by the comment in stm32u3xx_hal_rcc.c."""
_RCC = 0x4003_0C00
SERIAL = SerialPorts(
    template="stm32_usart",
    ports=ports(
        _RCC,
        (0xA4, 1, {"USART1": (0x4001_3800, 14)}),
        (0x9C, 0, {"USART3": (0x4000_4800, 18), "UART4": (0x4000_4C00, 19), "UART5": (0x4000_5000, 20)}),
        (0xA8, 2, {"LPUART1": (0x4004_2400, 6)}),
    ),
    pins=0x4202_0000,
    pin_enable=ClockEnable(_RCC + 0x8C, 0),
    pin_letters="ABCDE",
)
"""RM0487, memory map, RCC_APB2ENR, RCC_APB1ENR1, RCC_APB3ENR, RCC_AHB2ENR1."""


def clock(board: Board) -> ClockTree:
    """RM0487, section 'Clocks', voltage range 1. There is no PLL: MSIS runs at the board's clock, if it can."""
    internal = next((source for source in _MSIS if source.hz == board.clock), _MSIS[0])
    buses = (96 * MHZ,) * 3
    return ClockTree(oscillator(board, internal, "HSE", _HSE), None, 96 * MHZ, AHB_DIVIDERS, buses, _FLASH)
