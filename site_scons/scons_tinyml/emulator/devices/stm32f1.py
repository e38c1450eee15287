"""STM32F1 without connectivity line: RM0008."""

from __future__ import annotations

from collections.abc import Sequence

from scons_tinyml.emulator.devices.blocks.control import ControlRegisters, Field, Follow, ready
from scons_tinyml.emulator.devices.blocks.crc import FixedCrc
from scons_tinyml.emulator.devices.blocks.pins import FirstPins, PinPlaces
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

_HSI_HZ = 8 * MHZ
_CR, _CFGR, _BDCR, _CSR = 0x00, 0x04, 0x20, 0x24
_HSION, _HSEON, _PLLON = (Field(_CR, 1 << bit) for bit in (0, 16, 24))
_PLLSRC, _PLLXTPRE, _PLLMUL = Field(_CFGR, 1 << 16), Field(_CFGR, 1 << 17), Field(_CFGR, 0xF << 18)


class ResetAndClock(ClockControl):
    """RM0008, chapter 'Low-, medium-, high- and XL-density reset and clock control (RCC)'."""

    switch, switched = Field(_CFGR, 0x3), Field(_CFGR, 0xC)
    core_prescaler, bus_prescalers = Field(_CFGR, 0xF0), (Field(_CFGR, 0x700), Field(_CFGR, 0x3800))

    def __init__(self, system: System, hse_hz: int) -> None:
        follows = (*ready(_CR, 0, 16, 24), *ready(_BDCR, 0), *ready(_CSR, 0))
        super().__init__(system, 0x4002_1000, {_CR: 0x83, 0x14: 0x14, _CSR: 0x0C00_0000}, follows, hse_hz)

    def sources(self) -> Sequence[int]:
        """Return the speeds of HSI, HSE and PLL in Hz."""
        return _HSI_HZ * self.get(_HSION), self.hse_hz * self.get(_HSEON), self._pll_hz

    @property
    def _pll_hz(self) -> int:
        external_hz = self.hse_hz * self.get(_HSEON) // (self.get(_PLLXTPRE) + 1)
        source_hz = external_hz if self.get(_PLLSRC) else _HSI_HZ // 2 * self.get(_HSION)
        return source_hz * min(self.get(_PLLMUL) + 2, 16) * self.get(_PLLON)


_ACCESS = AccessFields(latency=0x7, prefetch=1 << 4)
"""PM0075, section 'Flash access control register (FLASH_ACR)': LATENCY, PRFTBE."""
_PREFETCH = Follow(Field(0x00, 1 << 4), Field(0x00, 1 << 5))  # PRFTBE, PRFTBS
_TIMERS = (
    *NARROW_TIM2_TO_4,
    TimerPlace("TIM1", 0x4001_2C00, 25, bus=1, compare_interrupt=27),
)
_SERIAL = (SerialPlace("USART1", 0x4001_3800, 37), *USART2_AND_3)
_INPUTS = {0x00: 0x4444_4444, 0x04: 0x4444_4444}
_PINS = PinPlaces(idr=0x08, odr=0x0C, bsrr=0x10, brr=0x14, reset_values={"": _INPUTS})
"""RM0008, chapter 'General-purpose and alternate-function I/Os (GPIOs and AFIOs)'."""
_DEVICE_ID = 0x2003_6410
"""RM0008, DBGMCU_IDCODE: medium density, revision X."""


def devices(board: Board, system: System) -> list[Device]:
    """Return the devices on the buses."""
    clock = ResetAndClock(system, hse_hz(board))
    ports = pin_ports(0x4001_0800, "ABCDE", _PINS, FirstPins)
    return [
        clock,
        Flash(
            system,
            0x4002_2000,
            _ACCESS,
            {0x00: 0x30, 0x10: 0x80},
            read_only={0x0C: ~0},
            follows=(_PREFETCH,),
        ),
        ControlRegisters("PWR", 0x4000_7000, read_only={0x04: 0x7}),
        Registers("BKP", 0x4000_6C00),
        FixedCrc(),
        Registers("DBGMCU", 0xE004_2000, {0x00: _DEVICE_ID}),
        *timers(system, clock.timers, _TIMERS),
        *serial_ports(system, OldUsart, _SERIAL),
        *pin_interrupts(system, 0x4001_0400, OLD, ports, ("AFIO", 0x4001_0000)),
    ]
