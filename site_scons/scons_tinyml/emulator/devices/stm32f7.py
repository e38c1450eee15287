"""STM32F7: RM0385. Clocks and timers are those of STM32F4, with over-drive and a choice for timers added."""

from __future__ import annotations

from collections.abc import Sequence

from scons_tinyml.emulator.devices import stm32f4
from scons_tinyml.emulator.devices.blocks.clock import FlashControl
from scons_tinyml.emulator.devices.blocks.control import ControlRegisters, Field, Follow
from scons_tinyml.emulator.devices.blocks.serial import Usart
from scons_tinyml.emulator.devices.blocks.stm32 import (
    MHZ,
    SerialPlace,
    pin_ports,
    serial_ports,
    timer_divider,
    timers,
)
from scons_tinyml.emulator.devices.bus import Device, FlashSetup, Registers, System
from scons_tinyml.records.board import Board

_PPRE1, _PPRE2, _TIMPRE = Field(0x08, 0x1C00), Field(0x08, 0xE000), Field(0x8C, 1 << 24)


class ResetAndClock(stm32f4.ResetAndClock):
    """RM0385, chapter 'Reset and clock control (RCC)'."""

    hse_hz = 25 * MHZ  # crystal of the Discovery boards (UM1907)

    def cycles_per_timer_tick(self) -> Sequence[int]:
        """PPRE1 and PPRE2, with TIMPRE of DCKCFGR1."""
        fourfold = bool(self.get(_TIMPRE))
        return [timer_divider(self.get(field), fourfold=fourfold) for field in (_PPRE1, _PPRE2)]


class Flash(FlashControl):
    """RM0385, section 'Flash access control register (FLASH_ACR)'.

    ARTEN and PRFTEN act on the ITCM port alone, at 0x0020_0000. What is read through the AXI bus, as code at
    0x0800_0000 is, has the caches of the core and nothing else in front of the flash.
    """

    def __init__(self, system: System) -> None:
        super().__init__(system, 0x4002_3C00, {0x10: 0x8000_0000, 0x14: 0xC0FF_AAFD}, read_only={0x0C: ~0})

    def setup(self, access: int) -> FlashSetup:
        """LATENCY."""
        return FlashSetup(wait_states=access & 0xF)


_SERIAL = (
    *stm32f4.SERIAL,
    SerialPlace("UART7", 0x4000_7800, 82),
    SerialPlace("UART8", 0x4000_7C00, 83),
)
_POWER = (
    Follow(Field(0x00, 1 << 14), Field(0x04, 1 << 14)),  # VOS, VOSRDY
    Follow(Field(0x00, 1 << 16), Field(0x04, 1 << 16)),  # ODEN, ODRDY
    Follow(Field(0x00, 1 << 17), Field(0x04, 1 << 17)),  # ODSWEN, ODSWRDY
)
_DEVICE_ID = 0x1001_6449
"""RM0385, DBGMCU_IDCODE: STM32F74xxx, revision Z."""


def devices(board: Board, system: System) -> list[Device]:  # noqa: ARG001
    """What is on the buses."""
    clock = ResetAndClock(system)
    return [
        clock,
        Flash(system),
        ControlRegisters("PWR", 0x4000_7000, {0x00: 0xC000}, follows=_POWER, read_only={0x04: 0xFF}),
        Registers("SYSCFG", 0x4001_3800),
        Registers("EXTI", 0x4001_3C00),
        Registers("DBGMCU", 0xE004_2000, {0x00: _DEVICE_ID}),
        *timers(system, clock.timers, stm32f4.TIMERS),
        *serial_ports(system, Usart, _SERIAL),
        *pin_ports(0x4002_0000, "ABCDEFGHIJK"),
    ]
