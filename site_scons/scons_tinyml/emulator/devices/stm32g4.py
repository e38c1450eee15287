"""STM32G4: RM0440. Clocks, flash and power are those of STM32L4 without MSI."""

from __future__ import annotations

from types import MappingProxyType

from scons_tinyml.emulator.devices import stm32l4
from scons_tinyml.emulator.devices.blocks.control import ControlRegisters
from scons_tinyml.emulator.devices.blocks.crc import Crc
from scons_tinyml.emulator.devices.blocks.serial import Usart
from scons_tinyml.emulator.devices.blocks.stm32 import Flash, hse_hz
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
from scons_tinyml.emulator.devices.bus import Device, Registers, System
from scons_tinyml.records.board import Board

_NUCLEO_MHZ = 24  # UM2505


class ResetAndClock(stm32l4.ResetAndClock):
    """RM0440, chapter 'Reset and clock control (RCC)'. There is no MSI: reset starts HSI16."""

    reset_values = MappingProxyType(
        {
            stm32l4.CR: 0x500,
            0x04: 0x4000_0000,
            stm32l4.CFGR: 0x5,
            stm32l4.PLLCFGR: 0x1000,
            stm32l4.CSR: 0x0C00_0000,
        }
    )

    def oscillators(self) -> tuple[int, int, int]:
        """Return the speeds of HSI16 and HSE in Hz, in their places."""
        return 0, *super().oscillators()[1:]


_TIMERS = (
    *TIM2_TO_7,
    TimerPlace("TIM1", 0x4001_2C00, 25, bus=1, compare_interrupt=27),
    TimerPlace("TIM8", 0x4001_3400, 44, bus=1, compare_interrupt=46),
    TimerPlace("TIM15", 0x4001_4000, 24, bus=1),
    TimerPlace("TIM16", 0x4001_4400, 25, bus=1),
    TimerPlace("TIM17", 0x4001_4800, 26, bus=1),
    TimerPlace("TIM20", 0x4001_5000, 78, bus=1, compare_interrupt=80),
)
_SERIAL = (
    SerialPlace("USART1", 0x4001_3800, 37),
    *USART2_AND_3,
    *UART4_AND_5,
    SerialPlace("LPUART1", 0x4000_8000, 91),
)
_DEVICE_ID = 0x2001_0469
"""RM0440, DBGMCU_IDCODE: category 3 (STM32G471 to G484), revision B."""


def devices(board: Board, system: System) -> list[Device]:
    """Return the devices on the buses.

    VOSF and REGLPF of PWR stay 0: the regulator is always in its requested state.
    """
    clock = ResetAndClock(system, hse_hz(board, _NUCLEO_MHZ))
    return [
        clock,
        Flash(
            system,
            0x4002_2000,
            stm32l4.ACCESS,
            {0x00: 0x4_0600, 0x14: 0xC000_0000, 0x20: 0xFFEF_F8AA},
            read_only={0x10: ~0},
        ),
        ControlRegisters("PWR", 0x4000_7000, {0x00: 0x200, 0x80: 0x100}, read_only={0x10: ~0, 0x14: ~0}),
        Crc(),
        Registers("DBGMCU", 0xE004_2000, {0x00: _DEVICE_ID}),
        *timers(system, clock.timers, _TIMERS),
        *serial_ports(system, Usart, _SERIAL),
        *pin_interrupts(system, 0x4001_0400, OLD, pin_ports(0x4800_0000, "ABCDEFG"), ("SYSCFG", 0x4001_0000)),
    ]
