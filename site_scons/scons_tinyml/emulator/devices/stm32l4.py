"""STM32L4 and STM32L4+: RM0351 and RM0432. Their registers differ only in fields that one of them lacks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from scons_tinyml.emulator.devices.blocks.control import ControlRegisters, Field, ready
from scons_tinyml.emulator.devices.blocks.crc import Crc
from scons_tinyml.emulator.devices.blocks.serial import Usart
from scons_tinyml.emulator.devices.blocks.stm32 import MHZ, AccessFields, ClockControl, Flash, hse_hz
from scons_tinyml.emulator.devices.blocks.stm32_exti import OLD, pin_interrupts
from scons_tinyml.emulator.devices.blocks.stm32_places import (
    TIM2_TO_7,
    UART4_AND_5,
    USART2_AND_3,
    SerialPlace,
    TimerPlace,
    pin_ports,
    serial_ports,
    timers,
)
from scons_tinyml.emulator.devices.blocks.stm32_support import SupportPlaces, support
from scons_tinyml.emulator.devices.bus import Device, Registers, System
from scons_tinyml.records.board import Board

_HSI_HZ = 16 * MHZ
_MSI_HZ = (100_000, 200_000, 400_000, 800_000, *(mega * MHZ for mega in (1, 2, 4, 8, 16, 24, 32, 48)))
CR, CFGR, PLLCFGR, _BDCR, CSR, _CRRCR = 0x00, 0x08, 0x0C, 0x90, 0x94, 0x98
_MSION, _MSIRGSEL, MSIRANGE, _MSISRANGE = Field(CR, 1), Field(CR, 8), Field(CR, 0xF0), Field(CSR, 0xF00)
_HSION, _HSEON, _PLLON = Field(CR, 1 << 8), Field(CR, 1 << 16), Field(CR, 1 << 24)
_PLLSRC, _PLLM, _PLLN = Field(PLLCFGR, 0x3), Field(PLLCFGR, 0xF0), Field(PLLCFGR, 0x7F00)
_PLLREN, _PLLR = Field(PLLCFGR, 1 << 24), Field(PLLCFGR, 3 << 25)


class ResetAndClock(ClockControl):
    """RM0432, chapter 'Reset and clock control (RCC)'."""

    switch, switched = Field(CFGR, 0x3), Field(CFGR, 0xC)
    core_prescaler, bus_prescalers = Field(CFGR, 0xF0), (Field(CFGR, 0x700), Field(CFGR, 0x3800))
    start = 0x4002_1000
    reset_values: Mapping[int, int] = MappingProxyType(
        {CR: 0x63, 0x04: 0x1000_0000, PLLCFGR: 0x1000, 0x10: 0x1000, 0x14: 0x1000, CSR: 0x0C00_0600}
    )

    def __init__(self, system: System, hse_hz: int) -> None:
        super().__init__(
            system,
            self.start,
            self.reset_values,
            (
                *ready(CR, 0, 16, 24, 26, 28),
                *ready(CR, 8, distance=2),
                *ready(_BDCR, 0),
                *ready(CSR, 0, 2),
                *ready(_CRRCR, 0),
            ),
            hse_hz,
        )

    def sources(self) -> Sequence[int]:
        """Return the speeds of MSI, HSI16, HSE and PLL in Hz."""
        return *self.oscillators(), self.pll_hz()

    def msi_range(self) -> int:
        """Return the range of MSI, which comes from two places."""
        return self.get(MSIRANGE if self.get(_MSIRGSEL) else _MSISRANGE)

    def oscillators(self) -> tuple[int, int, int]:
        """Return the speeds of MSI, HSI16 and HSE in Hz."""
        msi_hz = _MSI_HZ[min(self.msi_range(), len(_MSI_HZ) - 1)]
        return msi_hz * self.get(_MSION), _HSI_HZ * self.get(_HSION), self.hse_hz * self.get(_HSEON)

    def vco_hz(self) -> int:
        """Return the speed of the PLL's internal oscillator in Hz."""
        source_hz = (0, *self.oscillators())[self.get(_PLLSRC)]
        return source_hz * self.get(_PLLN) // (self.get(_PLLM) + 1) * self.get(_PLLON)

    def pll_hz(self) -> int:
        """Return the speed of PLLRCLK in Hz."""
        return self.vco_hz() // (2 * (self.get(_PLLR) + 1)) * self.get(_PLLREN)


ACCESS = AccessFields(prefetch=1 << 8, instruction_cache=1 << 9, data_cache=1 << 10)
"""RM0432, section 'Flash access control register (FLASH_ACR)': LATENCY, PRFTEN, ICEN, DCEN."""
_TIMERS = (
    *TIM2_TO_7,
    TimerPlace("TIM1", 0x4001_2C00, 25, bus=1, compare_interrupt=27),
    TimerPlace("TIM8", 0x4001_3400, 44, bus=1, compare_interrupt=46),
    TimerPlace("TIM15", 0x4001_4000, 24, bus=1),
    TimerPlace("TIM16", 0x4001_4400, 25, bus=1),
    TimerPlace("TIM17", 0x4001_4800, 26, bus=1),
)
_SERIAL = (
    SerialPlace("USART1", 0x4001_3800, 37),
    *USART2_AND_3,
    *UART4_AND_5,
    SerialPlace("LPUART1", 0x4000_8000, 70),
)
_DEVICE_ID = 0x1001_6470
"""RM0432, DBGMCU_IDCODE: STM32L4R5, revision Z."""

_SUPPORT = SupportPlaces(
    calendar=0x4000_2800,
    window_watchdog=0x4000_2C00,
    watchdog=0x4000_3000,
    unique_id=0x1FFF_7590,
    flash_size=0x1FFF_75E0,
    random=0x5006_0800,
    trimming=0x4000_6000,
)
"""CMSIS header stm32l4r5xx.h; RM0351 and RM0432, memory map."""


def devices(board: Board, system: System) -> list[Device]:
    """Return the devices on the buses.

    VOSF and REGLPF of PWR stay 0: the regulator is always in its requested state.
    """
    clock = ResetAndClock(system, hse_hz(board))
    return [
        clock,
        *support(board, _SUPPORT),
        Flash(
            system,
            0x4002_2000,
            ACCESS,
            {0x00: 0x600, 0x14: 0xC000_0000, 0x20: 0xFFEF_F8AA},
            read_only={0x10: ~0},
        ),
        ControlRegisters("PWR", 0x4000_7000, {0x00: 0x200, 0x80: 0x100}, read_only={0x10: ~0, 0x14: ~0}),
        Crc(),
        Registers("DBGMCU", 0xE004_2000, {0x00: _DEVICE_ID}),
        *timers(system, clock.timers, _TIMERS),
        *serial_ports(system, Usart, _SERIAL),
        *pin_interrupts(
            system, 0x4001_0400, OLD, pin_ports(0x4800_0000, "ABCDEFGHI"), ("SYSCFG", 0x4001_0000)
        ),
    ]
