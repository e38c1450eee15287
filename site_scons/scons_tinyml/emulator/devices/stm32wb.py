"""STM32WB55, core 1: RM0434. Clocks are those of STM32L4 with more dividers; core 2 does not start."""

from __future__ import annotations

from types import MappingProxyType

from scons_tinyml.emulator.devices import stm32l4
from scons_tinyml.emulator.devices.blocks.control import ControlRegisters, Field
from scons_tinyml.emulator.devices.blocks.crc import Crc
from scons_tinyml.emulator.devices.blocks.serial import Usart
from scons_tinyml.emulator.devices.blocks.stm32 import AccessFields, Flash, ahb_divider, hse_hz
from scons_tinyml.emulator.devices.blocks.stm32_exti import DUAL_CORE, pin_interrupts
from scons_tinyml.emulator.devices.blocks.stm32_places import (
    SerialPlace,
    TimerPlace,
    pin_ports,
    serial_ports,
    timers,
)
from scons_tinyml.emulator.devices.bus import Device, Registers, System
from scons_tinyml.records.board import Board

_NUCLEO_MHZ = 32  # UM2435
_EXTCFGR = 0x108
_HSEPRE, _PLLREN, _PLLR = (
    Field(stm32l4.CR, 1 << 20),
    Field(stm32l4.PLLCFGR, 1 << 28),
    Field(stm32l4.PLLCFGR, 7 << 29),
)
_ODD_DIVIDERS = {1: 3, 2: 5, 5: 6, 6: 10, 7: 32}
"""RM0434, RCC_CFGR.HPRE: its values below 8."""
_BUS_FLAGS = 7 << 16  # HPREF, PPRE1F, PPRE2F
_SHARED_FLAGS = 3 << 16  # SHDHPREF, C2HPREF


class ResetAndClock(stm32l4.ResetAndClock):
    """RM0434, chapter 'Reset and clock control (RCC)'."""

    start = 0x5800_0000
    reset_values = MappingProxyType(
        {
            stm32l4.CR: 0x63,
            stm32l4.CFGR: _BUS_FLAGS,
            stm32l4.PLLCFGR: 0x2204_0100,
            0x10: 0x2204_0100,
            stm32l4.CSR: 0x0C00_0000,
            _EXTCFGR: _SHARED_FLAGS,
        }
    )
    applied = MappingProxyType({stm32l4.CFGR: _BUS_FLAGS, _EXTCFGR: _SHARED_FLAGS})

    def core_divider(self) -> int:
        """Return what HPRE divides by."""
        value = self.get(self.core_prescaler)
        return _ODD_DIVIDERS.get(value) or ahb_divider(value)

    def msi_range(self) -> int:
        """Return the range of MSI."""
        return self.get(stm32l4.MSIRANGE)

    def oscillators(self) -> tuple[int, int, int]:
        """Return the speeds of MSI, HSI16 and HSE in Hz; HSEPRE halves the latter."""
        msi_hz, hsi_hz, hse_hz = super().oscillators()
        return msi_hz, hsi_hz, hse_hz >> self.get(_HSEPRE)

    def pll_hz(self) -> int:
        """Return the speed of PLLRCLK in Hz."""
        return self.vco_hz() // (self.get(_PLLR) + 1) * self.get(_PLLREN)


_ACCESS = AccessFields(latency=0x7, prefetch=1 << 8, instruction_cache=1 << 9, data_cache=1 << 10)
"""RM0434, section 'Flash memory access control register (FLASH_ACR)': LATENCY, PRFTEN, ICEN, DCEN."""
_TIMERS = (
    TimerPlace("TIM2", 0x4000_0000, 28, bits=32),
    TimerPlace("TIM1", 0x4001_2C00, 25, bus=1, compare_interrupt=27),
    TimerPlace("TIM16", 0x4001_4400, 25, bus=1),
    TimerPlace("TIM17", 0x4001_4800, 26, bus=1),
)
_SERIAL = (SerialPlace("USART1", 0x4001_3800, 36), SerialPlace("LPUART1", 0x4000_8000, 37))
_LOCKED_BY_CORE_1 = 1 << 31 | 4 << 8
_DEVICE_ID = 0x2001_0495
"""RM0434, DBGMCU_IDCODE: STM32WB55, revision Y."""


def devices(board: Board, system: System) -> list[Device]:
    """Return the devices on the buses.

    VOSF and REGLPF of PWR stay 0: the regulator is always in its requested state. Core 1 gets each of the 32
    hardware semaphores at its first read, as core 2 takes none.
    """
    clock = ResetAndClock(system, hse_hz(board, _NUCLEO_MHZ))
    locks = {0x80 + 4 * number: _LOCKED_BY_CORE_1 for number in range(32)}
    return [
        clock,
        Flash(
            system,
            0x5800_4000,
            _ACCESS,
            {0x00: 0x600, 0x14: 0xC000_0000},
            read_only={0x10: ~0},
        ),
        ControlRegisters("PWR", 0x5800_0400, {0x00: 0x200}, read_only={0x10: ~0, 0x14: ~0}),
        Registers("IPCC", 0x5800_0C00),
        ControlRegisters("HSEM", 0x5800_1400, locks, read_only=dict.fromkeys(locks, ~0)),
        Crc(),
        Registers("DBGMCU", 0xE004_2000, {0x00: _DEVICE_ID}),
        *timers(system, clock.timers, _TIMERS),
        *serial_ports(system, Usart, _SERIAL),
        *pin_interrupts(
            system, 0x5800_0800, DUAL_CORE, pin_ports(0x4800_0000, "ABCDE"), ("SYSCFG", 0x4001_0000)
        ),
        *pin_ports(0x4800_1C00, "H"),
    ]
