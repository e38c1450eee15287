"""STM32L1: RM0038."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from scons_tinyml.emulator.devices.blocks.control import ControlRegisters, Field, ready
from scons_tinyml.emulator.devices.blocks.crc import FixedCrc
from scons_tinyml.emulator.devices.blocks.pins import OLDER_PINS
from scons_tinyml.emulator.devices.blocks.serial import OldUsart
from scons_tinyml.emulator.devices.blocks.stm32 import MHZ, AccessFields, ClockControl, Flash, hse_hz
from scons_tinyml.emulator.devices.blocks.stm32_exti import OLD, pin_interrupts
from scons_tinyml.emulator.devices.blocks.stm32_places import (
    NARROW_TIM2_TO_4,
    USART2_AND_3,
    SerialPlace,
    TimerPlace,
    pin_ports,
    serial_ports,
    timers,
)
from scons_tinyml.emulator.devices.bus import Device, Registers, System
from scons_tinyml.records.board import Board

_HSI_HZ, _MSI_HZ = 16 * MHZ, 65_536  # MSI in range 0; each further range doubles it
_CR, _ICSCR, _CFGR, _CSR = 0x00, 0x04, 0x08, 0x34
_HSION, _MSION, _HSEON, _PLLON = (Field(_CR, 1 << bit) for bit in (0, 8, 16, 24))
_MSIRANGE = Field(_ICSCR, 0xE000)
_PLLSRC, _PLLMUL, _PLLDIV = Field(_CFGR, 1 << 16), Field(_CFGR, 0xF << 18), Field(_CFGR, 3 << 22)
_MULTIPLIERS = (3, 4, 6, 8, 12, 16, 24, 32, 48)


class ResetAndClock(ClockControl):
    """RM0038, chapter 'Reset and clock control (RCC)'."""

    switch, switched = Field(_CFGR, 0x3), Field(_CFGR, 0xC)
    core_prescaler, bus_prescalers = Field(_CFGR, 0xF0), (Field(_CFGR, 0x700), Field(_CFGR, 0x3800))

    def __init__(self, system: System, hse_hz: int) -> None:
        super().__init__(
            system,
            0x4002_3800,
            {_CR: 0x300, _ICSCR: 0xB000, 0x1C: 0x8000, _CSR: 0x0C00_0000},
            (*ready(_CR, 0, 8, 16, 24), *ready(_CSR, 0, 8)),
            hse_hz,
        )

    def sources(self) -> Sequence[int]:
        """Return the speeds of MSI, HSI, HSE and PLL in Hz."""
        msi_hz = (_MSI_HZ << self.get(_MSIRANGE)) * self.get(_MSION)
        return msi_hz, *self._oscillators, self._pll_hz

    @property
    def _oscillators(self) -> tuple[int, int]:
        return _HSI_HZ * self.get(_HSION), self.hse_hz * self.get(_HSEON)

    @property
    def _pll_hz(self) -> int:
        multiplier, divider = self.get(_PLLMUL), self.get(_PLLDIV) + 1
        if multiplier >= len(_MULTIPLIERS) or divider == 1:
            return 0  # reserved values
        source_hz = self._oscillators[self.get(_PLLSRC)]
        return source_hz * _MULTIPLIERS[multiplier] // divider * self.get(_PLLON)


_ACCESS = AccessFields(latency=1, prefetch=1 << 1)
"""RM0038, section 'Access control register (FLASH_ACR)': LATENCY, PRFTEN."""
_TIMERS = (
    *NARROW_TIM2_TO_4,
    TimerPlace("TIM5", 0x4000_0C00, 46, bits=32),
    TimerPlace("TIM6", 0x4000_1000, 43),
    TimerPlace("TIM7", 0x4000_1400, 44),
    TimerPlace("TIM9", 0x4001_0800, 25, bus=1),
    TimerPlace("TIM10", 0x4001_0C00, 26, bus=1),
    TimerPlace("TIM11", 0x4001_1000, 27, bus=1),
)
_SERIAL = (
    SerialPlace("USART1", 0x4001_3800, 37),
    *USART2_AND_3,
    SerialPlace("UART4", 0x4000_4C00, 48),
    SerialPlace("UART5", 0x4000_5000, 49),
)
_DEVICE_ID = 0x1000_6437
"""RM0038, DBGMCU_IDCODE: STM32L152xE."""
_EXTI = replace(OLD, ports="ABCDEHFG")
"""RM0038, SYSCFG_EXTICR1: port H comes before F and G."""


def devices(board: Board, system: System) -> list[Device]:
    """Return the devices on the buses.

    VOSF and REGLPF of PWR stay 0: the regulator is always in its requested state.
    """
    clock = ResetAndClock(system, hse_hz(board))
    ports = pin_ports(0x4002_0000, "ABCDEHFG", OLDER_PINS)
    return [
        clock,
        Flash(system, 0x4002_3C00, _ACCESS, {0x04: 0x7}, read_only={0x18: ~0}),
        ControlRegisters("PWR", 0x4000_7000, {0x00: 0x1000, 0x04: 0x8}, read_only={0x04: 0x3F}),
        FixedCrc(),
        Registers("DBGMCU", 0xE004_2000, {0x00: _DEVICE_ID}),
        *timers(system, clock.timers, _TIMERS),
        *serial_ports(system, OldUsart, _SERIAL),
        *pin_interrupts(
            system,
            0x4001_0400,
            _EXTI,
            ports,
            ("SYSCFG", 0x4001_0000),
        ),
    ]
