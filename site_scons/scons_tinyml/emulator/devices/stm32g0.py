"""STM32G0: RM0444."""

from __future__ import annotations

from collections.abc import Sequence

from scons_tinyml.emulator.devices.blocks.control import ControlRegisters, Field, ready
from scons_tinyml.emulator.devices.blocks.crc import Crc
from scons_tinyml.emulator.devices.blocks.pins import PinPlaces
from scons_tinyml.emulator.devices.blocks.serial import Usart
from scons_tinyml.emulator.devices.blocks.stm32 import MHZ, AccessFields, ClockControl, Flash, hse_hz
from scons_tinyml.emulator.devices.blocks.stm32_exti import G0, pin_interrupts
from scons_tinyml.emulator.devices.blocks.stm32_places import (
    SerialPlace,
    TimerPlace,
    pin_ports,
    serial_ports,
    timers,
)
from scons_tinyml.emulator.devices.blocks.stm32_support import SupportPlaces, support
from scons_tinyml.emulator.devices.bus import Device, Registers, System
from scons_tinyml.records.board import Board

_HSI_HZ, _LSI_HZ, _LSE_HZ = 16 * MHZ, 32_000, 32_768
_CR, _CFGR, _PLLCFGR, _BDCR, _CSR = 0x00, 0x08, 0x0C, 0x5C, 0x60
_HSION, _HSIDIV, _HSEON, _PLLON = (
    Field(_CR, 1 << 8),
    Field(_CR, 7 << 11),
    Field(_CR, 1 << 16),
    Field(_CR, 1 << 24),
)
_PLLSRC, _PLLM, _PLLN = Field(_PLLCFGR, 0x3), Field(_PLLCFGR, 0x70), Field(_PLLCFGR, 0x7F00)
_PLLREN, _PLLR = Field(_PLLCFGR, 1 << 28), Field(_PLLCFGR, 7 << 29)
_LSEON, _LSION = Field(_BDCR, 1), Field(_CSR, 1)


class ResetAndClock(ClockControl):
    """RM0444, chapter 'Reset and clock control (RCC)'."""

    switch, switched = Field(_CFGR, 0x7), Field(_CFGR, 0x38)
    core_prescaler, bus_prescalers = Field(_CFGR, 0xF00), (Field(_CFGR, 0x7000),)

    def __init__(self, system: System, hse_hz: int) -> None:
        super().__init__(
            system,
            0x4002_1000,
            {_CR: 0x500, 0x04: 0x4040, _PLLCFGR: 0x1000, 0x48: 0x1},
            (*ready(_CR, 8, distance=2), *ready(_CR, 16, 22, 24), *ready(_BDCR, 0), *ready(_CSR, 0)),
            hse_hz,
        )

    def sources(self) -> Sequence[int]:
        """Return the speeds of HSISYS, HSE, PLLRCLK, LSI and LSE in Hz."""
        low = (_LSI_HZ * self.get(_LSION), _LSE_HZ * self.get(_LSEON))
        return self._hsi_hz >> self.get(_HSIDIV), self.hse_hz * self.get(_HSEON), self._pll_hz, *low

    @property
    def _hsi_hz(self) -> int:
        return _HSI_HZ * self.get(_HSION)

    @property
    def _pll_hz(self) -> int:
        source_hz = (0, 0, self._hsi_hz, self.hse_hz * self.get(_HSEON))[self.get(_PLLSRC)]
        divider = (self.get(_PLLM) + 1) * (self.get(_PLLR) + 1)
        return source_hz * self.get(_PLLN) // divider * self.get(_PLLON) * self.get(_PLLREN)


_ACCESS = AccessFields(latency=0x7, prefetch=1 << 8, instruction_cache=1 << 9)
"""RM0444, section 'FLASH access control register (FLASH_ACR)': LATENCY, PRFTEN, ICEN."""
_TIMERS = (
    TimerPlace("TIM2", 0x4000_0000, 15, bits=32),
    TimerPlace("TIM3", 0x4000_0400, 16),
    TimerPlace("TIM4", 0x4000_0800, 16),
    TimerPlace("TIM6", 0x4000_1000, 17),
    TimerPlace("TIM7", 0x4000_1400, 18),
    TimerPlace("TIM14", 0x4000_2000, 19),
    TimerPlace("TIM1", 0x4001_2C00, 13, compare_interrupt=14),
    TimerPlace("TIM15", 0x4001_4000, 20),
    TimerPlace("TIM16", 0x4001_4400, 21),
    TimerPlace("TIM17", 0x4001_4800, 22),
)
_SERIAL = (
    SerialPlace("USART1", 0x4001_3800, 27),
    SerialPlace("USART2", 0x4000_4400, 28),
    SerialPlace("USART3", 0x4000_4800, 29),
    SerialPlace("USART4", 0x4000_4C00, 29),
    SerialPlace("USART5", 0x4000_5000, 29),
    SerialPlace("USART6", 0x4001_3C00, 29),
    SerialPlace("LPUART1", 0x4000_8000, 29),
    SerialPlace("LPUART2", 0x4000_8400, 28),
)
_PINS = PinPlaces(
    reset_values={"A": {0x00: 0xEBFF_FFFF, 0x0C: 0x2400_0000}, "": {0x00: 0xFFFF_FFFF}},
)
"""RM0444, chapter 'General-purpose I/Os (GPIO)': MODER and PUPDR; pins are analog after reset."""
_DEVICE_ID = 0x1000_0467
"""RM0444, DBG_IDCODE: STM32G0B1."""

_SUPPORT = SupportPlaces(
    calendar=0x4000_2800,
    window_watchdog=0x4000_2C00,
    watchdog=0x4000_3000,
    unique_id=0x1FFF_7590,
    flash_size=0x1FFF_75E0,
    trimming=0x4000_6C00,
    trimming_bits=7,
    tamper=0x4000_B000,
)
"""CMSIS header stm32g0b1xx.h; RM0444, memory map."""


def devices(board: Board, system: System) -> list[Device]:
    """Return the devices on the buses.

    VOSF and REGLPF of PWR stay 0: the regulator is always in its requested state.
    """
    clock = ResetAndClock(system, hse_hz(board))
    return [
        clock,
        *support(board, _SUPPORT),
        Flash(system, 0x4002_2000, _ACCESS, {0x00: 0x4_0600, 0x14: 0xC000_0000}, read_only={0x10: ~0}),
        ControlRegisters("PWR", 0x4000_7000, {0x00: 0x208, 0x08: 0x8000}, read_only={0x10: ~0, 0x14: ~0}),
        Crc(),
        Registers("DBG", 0x4001_5800, {0x00: _DEVICE_ID}),
        *timers(system, clock.timers, _TIMERS),
        *serial_ports(system, Usart, _SERIAL),
        *pin_interrupts(
            system, 0x4002_1800, G0, pin_ports(0x5000_0000, "ABCDEF", _PINS), ("SYSCFG", 0x4001_0000)
        ),
    ]
