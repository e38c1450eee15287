"""STM32F405, F407, F415 and F417 (RM0090), F411 (RM0383) and F446 (RM0390). Others of STM32F4 differ in speed."""

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

HSI = Oscillator("HSI", 16 * MHZ)
HSE = Range(4 * MHZ, 26 * MHZ)
PLL = PllLimits(
    dividers=range(2, 64),
    multipliers=range(50, 433),
    output_dividers=(2, 4, 6, 8),
    input=Range(1 * MHZ, 2 * MHZ),
    vco=Range(100 * MHZ, 432 * MHZ),
)
"""RM0090, RCC_PLLCFGR, and DS8626, 'Main PLL characteristics'; so in RM0383 and RM0390."""
FLASH = FlashSpeed(30 * MHZ, 7)
"""RM0090, section 'Relation between CPU clock frequency and Flash memory read time'."""
RCC = 0x4002_3800
USART1_TO_6 = (
    (0x44, 1, {"USART1": (0x4001_1000, 4), "USART6": (0x4001_1400, 5)}),
    (
        0x40,
        0,
        USART2_TO_UART5,
    ),
)
PINS, PIN_ENABLE = 0x4002_0000, ClockEnable(RCC + 0x30, 0)
SERIAL = SerialPorts("stm32_old_usart", ports(RCC, *USART1_TO_6), PINS, PIN_ENABLE, "ABCDEFGHI")
"""RM0090, memory map, RCC_APB2ENR, RCC_APB1ENR, RCC_AHB1ENR. STM32F411 has USART1, 2 and 6 of them."""
OVER_DRIVE_HZ = 168 * MHZ
_MAXIMUM_HZ = {"STM32F411": 100 * MHZ, "STM32F446": 180 * MHZ}
"""DS10314, DS10693, cover pages."""


def clock(board: Board) -> ClockTree:
    """RM0090, RM0383, RM0390, chapter 'Reset and clock control', and data sheets, 'General operating conditions'.

    More than 168 MHz take over-drive, which STM32F446 has, and which raises the limits of the buses.
    """
    maximum_hz = _MAXIMUM_HZ.get(board.part[:9], 168 * MHZ)
    slow_hz = (
        maximum_hz // 2
        if maximum_hz < OVER_DRIVE_HZ
        else 45 * MHZ
        if board.clock > OVER_DRIVE_HZ
        else 42 * MHZ
    )
    source = oscillator(board, HSI, "HSE", HSE)
    return ClockTree(source, PLL, maximum_hz, AHB_DIVIDERS, (slow_hz, 2 * slow_hz), FLASH)
