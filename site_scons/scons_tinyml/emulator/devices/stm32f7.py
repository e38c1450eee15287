"""STM32F7: RM0385. Clocks and timers are those of STM32F4."""

from __future__ import annotations

from scons_tinyml.emulator.devices import stm32f4
from scons_tinyml.emulator.devices.blocks.control import ControlRegisters, Field, Follow
from scons_tinyml.emulator.devices.blocks.crc import Crc
from scons_tinyml.emulator.devices.blocks.pins import OLDER_PINS
from scons_tinyml.emulator.devices.blocks.serial import Usart
from scons_tinyml.emulator.devices.blocks.stm32 import AccessFields, Flash, hse_hz
from scons_tinyml.emulator.devices.blocks.stm32_exti import OLD, pin_interrupts
from scons_tinyml.emulator.devices.blocks.stm32_places import USART1_TO_8, pin_ports, serial_ports, timers
from scons_tinyml.emulator.devices.blocks.stm32_support import SupportPlaces, support
from scons_tinyml.emulator.devices.bus import Device, Registers, System
from scons_tinyml.records.board import Board

_DISCOVERY_MHZ = 25  # UM1907


_ACCESS = AccessFields()
"""RM0385, section 'Flash access control register (FLASH_ACR)': LATENCY.

ARTEN and PRFTEN act on the ITCM port alone, at 0x0020_0000. Reads through the AXI bus, as of code at
0x0800_0000, have the caches of the core and nothing else in front of the flash.
"""
_POWER = (
    Follow(Field(0x00, 1 << 14), Field(0x04, 1 << 14)),  # VOS, VOSRDY
    *stm32f4.OVER_DRIVE,
)
_DEVICE_ID = 0x1001_6449
"""RM0385, DBGMCU_IDCODE: STM32F74xxx, revision Z."""

_SUPPORT = SupportPlaces(
    calendar=0x4000_2800,
    window_watchdog=0x4000_2C00,
    watchdog=0x4000_3000,
    unique_id=0x1FF0_F420,
    flash_size=0x1FF0_F442,
    random=0x5006_0800,
)
"""CMSIS header stm32f746xx.h; RM0385, memory map."""


def devices(board: Board, system: System) -> list[Device]:
    """Return the devices on the buses."""
    clock = stm32f4.ResetAndClock(system, hse_hz(board, _DISCOVERY_MHZ))
    ports = pin_ports(0x4002_0000, "ABCDEFGHIJK", OLDER_PINS)
    return [
        clock,
        *support(board, _SUPPORT),
        Flash(system, 0x4002_3C00, _ACCESS, {0x10: 0x8000_0000, 0x14: 0xC0FF_AAFD}, read_only={0x0C: ~0}),
        ControlRegisters("PWR", 0x4000_7000, {0x00: 0xC000}, follows=_POWER, read_only={0x04: 0xFF}),
        Crc(),
        Registers("DBGMCU", 0xE004_2000, {0x00: _DEVICE_ID}),
        *timers(system, clock.timers, stm32f4.TIMERS),
        *serial_ports(system, Usart, USART1_TO_8),
        *pin_interrupts(
            system,
            0x4001_3C00,
            OLD,
            ports,
            ("SYSCFG", 0x4001_3800),
        ),
    ]
