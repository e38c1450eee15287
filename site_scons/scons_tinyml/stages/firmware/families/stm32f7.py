"""STM32F7: RM0385. Clocks are those of STM32F4, with over-drive."""

from __future__ import annotations

from scons_tinyml.records.board import Board
from scons_tinyml.stages.firmware.clock import AHB_DIVIDERS, MHZ, ClockTree, FlashSpeed
from scons_tinyml.stages.firmware.families import oscillator, stm32f4
from scons_tinyml.stages.firmware.serial_ports import SerialPorts, ports

_FLASH = FlashSpeed(30 * MHZ, 15)
"""RM0385, section 'Relation between CPU clock frequency and Flash memory read time'."""
SERIAL = SerialPorts(
    "stm32_usart",
    ports(
        stm32f4.RCC, *stm32f4.USART1_TO_6, (0x40, 0, {"UART7": (0x4000_7800, 30), "UART8": (0x4000_7C00, 31)})
    ),
    stm32f4.PINS,
    stm32f4.PIN_ENABLE,
)
"""RM0385, memory map, RCC_APB2ENR, RCC_APB1ENR, RCC_AHB1ENR."""


def clock(board: Board) -> ClockTree:
    """RM0385, section 'Clocks', and DS10916, 'General operating conditions': more than 180 MHz take over-drive."""
    source = oscillator(board, stm32f4.HSI, "HSE", stm32f4.HSE)
    buses = (54 * MHZ, 108 * MHZ) if board.clock > 180 * MHZ else (45 * MHZ, 90 * MHZ)
    return ClockTree(source, stm32f4.PLL, 216 * MHZ, AHB_DIVIDERS, buses, _FLASH)
