"""STM32H7A3, H7B0 and H7B3: RM0455."""

from __future__ import annotations

from scons_tinyml.records.board import Board
from scons_tinyml.records.errors import RecordError
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

_HSI = Oscillator("HSI", 64 * MHZ)
_HSE = Range(4 * MHZ, 50 * MHZ)
_PLL = PllLimits(
    dividers=range(1, 64),
    multipliers=range(4, 513),
    output_dividers=range(2, 129, 2),
    input=Range(2 * MHZ, 16 * MHZ),
    vco=Range(128 * MHZ, 560 * MHZ),
)
"""RM0455, RCC_PLLCKSELR, RCC_PLL1DIVR, and DS13195, 'PLL characteristics (wide VCO frequency range)'."""
_FLASH = FlashSpeed(44 * MHZ, 15)
"""RM0455, section 'FLASH read operations', VOS0; confirmed by stm32h7xx_ll_utils.c."""
_RCC = 0x5802_4400
SERIAL = SerialPorts(
    template="stm32_usart",
    ports=ports(
        _RCC,
        (
            0x150,
            1,
            {
                "USART1": (0x4001_1000, 4),
                "USART6": (0x4001_1400, 5),
                "UART9": (0x4001_1800, 6),
                "USART10": (0x4001_1C00, 7),
            },
        ),
        (
            0x148,
            0,
            {
                **USART2_TO_UART5,
                "UART7": (0x4000_7800, 30),
                "UART8": (0x4000_7C00, 31),
            },
        ),
        (0x154, 2, {"LPUART1": (0x5800_0C00, 3)}),
    ),
    pins=0x5802_0000,
    pin_enable=ClockEnable(_RCC + 0x140, 0),
)
"""RM0455, memory map, RCC_APB2ENR, RCC_APB1LENR, RCC_APB4ENR, RCC_AHB4ENR."""


def clock(board: Board) -> ClockTree:
    """RM0455, section 'Clocks', VOS0. APB1, APB2, APB4 and APB3 have half of the core's clock at most.

    Raises RecordError when the board file does not name the core's supply, which firmware must set (section
    'System supply configurations').
    """
    if board.regulator is None:
        raise RecordError(
            "missing: a chip of this family has to be told how its board supplies it",
            where=f"boards/{board.name}.toml",
            key="regulator",
            hint='"smps" or "ldo", as the board is wired; the wrong one can make the chip unreachable',
        )
    buses = (140 * MHZ,) * 4
    return ClockTree(oscillator(board, _HSI, "HSE", _HSE), _PLL, 280 * MHZ, AHB_DIVIDERS, buses, _FLASH)
