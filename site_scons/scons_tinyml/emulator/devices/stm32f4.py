"""STM32F4: RM0090 (STM32F405 to F439), RM0383 (STM32F411) and RM0390 (STM32F446)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from scons_tinyml.emulator.devices.blocks.control import ControlRegisters, Field, Follow, ready
from scons_tinyml.emulator.devices.blocks.crc import FixedCrc
from scons_tinyml.emulator.devices.blocks.pins import OLDER_PINS
from scons_tinyml.emulator.devices.blocks.serial import OldUsart
from scons_tinyml.emulator.devices.blocks.stm32 import MHZ, AccessFields, ClockControl, Flash, hse_hz
from scons_tinyml.emulator.devices.blocks.stm32_exti import OLD, pin_interrupts
from scons_tinyml.emulator.devices.blocks.stm32_places import (
    TIM1_TO_8_AND_12_TO_14,
    USART1_TO_6,
    TimerPlace,
    pin_ports,
    serial_ports,
    timers,
)
from scons_tinyml.emulator.devices.blocks.stm32_support import SupportPlaces, support
from scons_tinyml.emulator.devices.bus import Device, Registers, System
from scons_tinyml.records.board import Board

_HSI_HZ = 16 * MHZ
_CR, _PLLCFGR, _CFGR, _BDCR, _CSR = 0x00, 0x04, 0x08, 0x70, 0x74
_HSION, _HSEON, _PLLON = (Field(_CR, 1 << bit) for bit in (0, 16, 24))
_PLLM, _PLLN, _PLLP = Field(_PLLCFGR, 0x3F), Field(_PLLCFGR, 0x7FC0), Field(_PLLCFGR, 3 << 16)
_PLLSRC = Field(_PLLCFGR, 1 << 22)


class ResetAndClock(ClockControl):
    """RM0090, chapter 'Reset and clock control for STM32F405xx/07xx and STM32F415xx/17xx (RCC)'."""

    switch, switched = Field(_CFGR, 0x3), Field(_CFGR, 0xC)
    core_prescaler, bus_prescalers = Field(_CFGR, 0xF0), (Field(_CFGR, 0x1C00), Field(_CFGR, 0xE000))
    fourfold = Field(0x8C, 1 << 24)  # TIMPRE of DCKCFGR, which STM32F405 to F417 lack

    def __init__(self, system: System, hse_hz: int) -> None:
        super().__init__(
            system,
            0x4002_3800,
            {_CR: 0x83, _PLLCFGR: 0x2400_3010, 0x30: 0x10_0000, _CSR: 0x0E00_0000},
            (*ready(_CR, 0, 16, 24, 26, 28), *ready(_BDCR, 0), *ready(_CSR, 0)),
            hse_hz,
        )

    def sources(self) -> Sequence[int]:
        """Return the speeds of HSI, HSE and PLL in Hz."""
        return *self._oscillators, self._pll_hz

    @property
    def _oscillators(self) -> tuple[int, int]:
        return _HSI_HZ * self.get(_HSION), self.hse_hz * self.get(_HSEON)

    @property
    def _pll_hz(self) -> int:
        source_hz = self._oscillators[self.get(_PLLSRC)]
        divider = max(self.get(_PLLM), 1) * 2 * (self.get(_PLLP) + 1)
        return source_hz * self.get(_PLLN) // divider * self.get(_PLLON)


_ACCESS = AccessFields(prefetch=1 << 8, instruction_cache=1 << 9, data_cache=1 << 10)
"""RM0090, section 'Flash access control register (FLASH_ACR)': LATENCY, PRFTEN, ICEN, DCEN."""
TIMERS = (
    *TIM1_TO_8_AND_12_TO_14,
    TimerPlace("TIM9", 0x4001_4000, 24, bus=1),
    TimerPlace("TIM10", 0x4001_4400, 25, bus=1),
    TimerPlace("TIM11", 0x4001_4800, 26, bus=1),
)
OVER_DRIVE = (
    Follow(Field(0x00, 1 << 16), Field(0x04, 1 << 16)),  # ODEN, ODRDY
    Follow(Field(0x00, 1 << 17), Field(0x04, 1 << 17)),  # ODSWEN, ODSWRDY
)
"""RM0390 and RM0385, PWR_CR and PWR_CSR. STM32F405 to F417 and F411 have none: their firmware leaves it alone."""
_VOSRDY = 1 << 14


@dataclass(frozen=True)
class _Line:
    """Differences between the lines of the family: DBGMCU_IDCODE, and PWR_CR after reset (its field VOS)."""

    device_id: int
    power_control: int


_LINES = {"STM32F411": _Line(0x1000_6431, 0x8000), "STM32F446": _Line(0x1000_6421, 0xC000)}
"""RM0383 and RM0390, revision A."""
_OTHER_LINE = _Line(0x1000_6413, 0x4000)
"""RM0090: STM32F405xx/07xx, revision A."""

_SUPPORT = SupportPlaces(
    calendar=0x4000_2800,
    window_watchdog=0x4000_2C00,
    watchdog=0x4000_3000,
    unique_id=0x1FFF_7A10,
    flash_size=0x1FFF_7A22,
    random=0x5006_0800,
)
"""CMSIS header stm32f407xx.h; RM0090, memory map."""


def devices(board: Board, system: System) -> list[Device]:
    """Return the devices on the buses, with those that only some lines have.

    VOSRDY of PWR stays 1: the regulator is always in its requested state.
    """
    clock = ResetAndClock(system, hse_hz(board))
    line = _LINES.get(board.part[:9], _OTHER_LINE)
    ports = pin_ports(0x4002_0000, "ABCDEFGHI", OLDER_PINS)
    return [
        clock,
        *support(board, _SUPPORT),
        Flash(system, 0x4002_3C00, _ACCESS, {0x10: 0x8000_0000, 0x14: 0x0FFF_AAED}, read_only={0x0C: ~0}),
        ControlRegisters(
            "PWR",
            0x4000_7000,
            {0x00: line.power_control, 0x04: _VOSRDY},
            follows=OVER_DRIVE,
            read_only={0x04: _VOSRDY | 0xFF},
        ),
        FixedCrc(),
        Registers("DBGMCU", 0xE004_2000, {0x00: line.device_id}),
        *timers(system, clock.timers, TIMERS),
        *serial_ports(system, OldUsart, USART1_TO_6),
        *pin_interrupts(system, 0x4001_3C00, OLD, ports, ("SYSCFG", 0x4001_3800)),
    ]
