"""STM32H742, H743 and H753 of all revisions: RM0433. More than 400 MHz take revision V, and are not made."""

from __future__ import annotations

from dataclasses import dataclass

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
_HSE = Range(4 * MHZ, 48 * MHZ)
_PLL = PllLimits(
    dividers=range(1, 64),
    multipliers=range(4, 513),
    output_dividers=range(2, 129, 2),
    input=Range(2 * MHZ, 16 * MHZ),
    vco=Range(192 * MHZ, 836 * MHZ),
)
"""RM0433, RCC_PLLCKSELR, RCC_PLL1DIVR, and DS12110, 'PLL characteristics (wide VCO frequency range)'."""
_BUS_HZ = 200 * MHZ
"""DS12110, 'General operating conditions', VOS1: AXI and AHB buses."""
_RCC = 0x5802_4400
SERIAL = SerialPorts(
    template="stm32_usart",
    ports=ports(
        _RCC,
        (0xF0, 1, {"USART1": (0x4001_1000, 4), "USART6": (0x4001_1400, 5)}),
        (0xE8, 0, {**USART2_TO_UART5, "UART7": (0x4000_7800, 30), "UART8": (0x4000_7C00, 31)}),
        (0xF4, 2, {"LPUART1": (0x5800_0C00, 3)}),
    ),
    pins=0x5802_0000,
    pin_enable=ClockEnable(_RCC + 0xE0, 0),
)
"""RM0433, memory map, RCC_APB2ENR, RCC_APB1LENR, RCC_APB4ENR, RCC_AHB4ENR."""


@dataclass(frozen=True)
class _BusFlashSpeed(FlashSpeed):
    """Speed of a flash that waits for cycles of its bus, each of which is `divider` cycles of the core."""

    divider: int = 1

    def least_wait_states(self, core_hz: int) -> int:
        """Return the least wait states, in cycles of the core."""
        return (super().least_wait_states(core_hz // self.divider) + 1) * self.divider - 1


def clock(board: Board) -> ClockTree:
    """RM0433, section 'Clocks', VOS1. More than 200 MHz are halved for the buses (HPRE), and again for APB.

    Wait states of the board file count cycles of the core: a read with LATENCY 2 on a halved bus takes 6, so
    5 wait states. Raises RecordError for a step-down converter, which the chip lacks.
    """
    if board.regulator == "smps":
        raise RecordError(
            f"found smps; {board.part} has none",
            where=f"boards/{board.name}.toml",
            key="regulator",
            hint='"ldo", or left out',
        )
    divider = 2 if board.clock > _BUS_HZ else 1
    flash = _BusFlashSpeed(70 * MHZ, 16 * divider - 1, divider)
    buses = (100 * MHZ,) * 4
    return ClockTree(oscillator(board, _HSI, "HSE", _HSE), _PLL, 400 * MHZ, AHB_DIVIDERS, buses, flash)
