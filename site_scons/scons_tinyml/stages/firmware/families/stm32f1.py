"""STM32F1 without connectivity line: RM0008."""

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

_HSI = Oscillator("HSI", 8 * MHZ)
_HSE = Range(4 * MHZ, 16 * MHZ)
_FLASH = FlashSpeed(24 * MHZ, 2)
"""PM0075, FLASH_ACR.LATENCY."""
_RCC = 0x4002_1000
SERIAL = SerialPorts(
    template="stm32_old_usart",
    ports=ports(
        _RCC,
        (0x18, 1, {"USART1": (0x4001_3800, 14)}),
        (0x1C, 0, {"USART2": (0x4000_4400, 17), "USART3": (0x4000_4800, 18)}),
    ),
    pins=0x4001_0800,
    pin_enable=ClockEnable(_RCC + 0x18, 2),
    pin_letters="ABCDE",
    numbered_functions=False,
)
"""RM0008, memory map, RCC_APB2ENR, RCC_APB1ENR."""


def clock(board: Board) -> ClockTree:
    """RM0008, RCC_CFGR (the PLL takes half of HSI, and HSE whole or halved), and DS5319, 'PLL characteristics'."""
    source = oscillator(board, _HSI, "HSE", _HSE)
    pll = PllLimits(
        dividers=(1, 2) if source.name == "HSE" else (2,),
        multipliers=range(2, 17),
        output_dividers=(1,),
        input=Range(1 * MHZ, 25 * MHZ),
        vco=Range(16 * MHZ, 72 * MHZ),
    )
    return ClockTree(source, pll, 72 * MHZ, AHB_DIVIDERS, (36 * MHZ, 72 * MHZ), _FLASH)
