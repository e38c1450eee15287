"""STM32H742, H743 and H753: RM0433. As STM32H7A3, but buses and flash run at the core's clock or a half of it."""

from __future__ import annotations

from scons_tinyml.emulator.devices import stm32h7
from scons_tinyml.emulator.devices.blocks.stm32 import AccessFields, Flash, hse_hz
from scons_tinyml.emulator.devices.blocks.stm32_places import USART1_TO_8, SerialPlace
from scons_tinyml.emulator.devices.bus import Device, FlashSetup, System
from scons_tinyml.records.board import Board


class BusFlash(Flash):
    """RM0433, FLASH_ACR.LATENCY: cycles of the AXI bus, of which the machine is told in cycles of the core."""

    def __init__(self, system: System, clock: ResetAndClock) -> None:
        self.clock = clock
        reset_values = {0x00: 0x37, **stm32h7.LOCKED}
        super().__init__(
            system, stm32h7.FLASH_START, AccessFields(), reset_values, read_only=stm32h7.FLASH_FLAGS
        )

    def setup(self, access: int) -> FlashSetup:
        """Return the wait states of a read, in cycles of the core."""
        bus_cycles = super().setup(access).wait_states
        return FlashSetup(wait_states=((bus_cycles or 0) + 1) * self.clock.bus_divider() - 1)


class ResetAndClock(stm32h7.ResetAndClock):
    """RM0433, chapter 'Reset and clock control (RCC)': D1CFGR and D2CFGR are where CDCFGR1 and CDCFGR2 are."""

    flash: BusFlash | None = None

    def on_change(self, offset: int) -> None:
        """Switch, and tell the machine of the flash where HPRE has changed."""
        super().on_change(offset)
        if self.flash and offset == stm32h7.HPRE_OFFSET:
            self.flash.on_change(0)


_SERIAL = (*USART1_TO_8, SerialPlace("LPUART1", 0x5800_0C00, 142))
_DEVICE_ID = 0x1003_6450
"""RM0433, DBGMCU_IDC: STM32H742, H743/753 and H750, revision Y."""


def devices(board: Board, system: System) -> list[Device]:
    """Return the devices on the buses."""
    clock = ResetAndClock(system, hse_hz(board))
    clock.flash = BusFlash(system, clock)
    return [clock, clock.flash, *stm32h7.around(clock, system, _SERIAL, _DEVICE_ID)]
