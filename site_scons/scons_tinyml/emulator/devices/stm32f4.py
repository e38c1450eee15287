"""STM32F4: RM0090."""

from __future__ import annotations

from collections.abc import Sequence

from scons_tinyml.emulator.devices.blocks.clock import ClockControl, FlashControl
from scons_tinyml.emulator.devices.blocks.control import ControlRegisters, Field, Follow, ready
from scons_tinyml.emulator.devices.blocks.serial import OldUsart
from scons_tinyml.emulator.devices.blocks.stm32 import (
    MHZ,
    SerialPlace,
    TimerPlace,
    ahb_divider,
    pin_ports,
    serial_ports,
    timer_divider,
    timers,
)
from scons_tinyml.emulator.devices.bus import Device, FlashSetup, Registers, System
from scons_tinyml.records.board import Board

_HSI_HZ, _HSE_HZ = 16 * MHZ, 8 * MHZ
_CR, _PLLCFGR, _CFGR, _BDCR, _CSR = 0x00, 0x04, 0x08, 0x70, 0x74
_HSION, _HSEON, _PLLON = (Field(_CR, 1 << bit) for bit in (0, 16, 24))
_PLLM, _PLLN, _PLLP = Field(_PLLCFGR, 0x3F), Field(_PLLCFGR, 0x7FC0), Field(_PLLCFGR, 3 << 16)
_PLLSRC = Field(_PLLCFGR, 1 << 22)
_HPRE, _PPRE1, _PPRE2 = Field(_CFGR, 0xF0), Field(_CFGR, 0x1C00), Field(_CFGR, 0xE000)


class ResetAndClock(ClockControl):
    """RM0090, chapter 'Reset and clock control for STM32F405xx/07xx and STM32F415xx/17xx (RCC)'."""

    switch, switched = Field(_CFGR, 0x3), Field(_CFGR, 0xC)
    hse_hz = _HSE_HZ

    def __init__(self, system: System) -> None:
        super().__init__(
            system,
            0x4002_3800,
            {_CR: 0x83, _PLLCFGR: 0x2400_3010, 0x30: 0x10_0000, _CSR: 0x0E00_0000},
            buses=2,
            follows=(*ready(_CR, 0, 16, 24, 26, 28), *ready(_BDCR, 0), *ready(_CSR, 0)),
        )

    def source_hz(self, source: int) -> int:
        """HSI, HSE or PLL."""
        return (*self._oscillators, self._pll_hz, 0)[source]

    def core_divider(self) -> int:
        """HPRE."""
        return ahb_divider(self.get(_HPRE))

    def cycles_per_timer_tick(self) -> Sequence[int]:
        """PPRE1 and PPRE2."""
        return [timer_divider(self.get(field)) for field in (_PPRE1, _PPRE2)]

    @property
    def _oscillators(self) -> tuple[int, int]:
        return _HSI_HZ * self.get(_HSION), self.hse_hz * self.get(_HSEON)

    @property
    def _pll_hz(self) -> int:
        source_hz = self._oscillators[self.get(_PLLSRC)]
        divider = max(self.get(_PLLM), 1) * 2 * (self.get(_PLLP) + 1)
        return source_hz * self.get(_PLLN) // divider * self.get(_PLLON)


class Flash(FlashControl):
    """RM0090, section 'Flash access control register (FLASH_ACR)'."""

    def __init__(self, system: System) -> None:
        super().__init__(system, 0x4002_3C00, {0x10: 0x8000_0000, 0x14: 0x0FFF_AAED}, read_only={0x0C: ~0})

    def setup(self, access: int) -> FlashSetup:
        """LATENCY, PRFTEN, ICEN and DCEN."""
        return FlashSetup(
            wait_states=access & 0xF,
            prefetch=bool(access & 1 << 8),
            instruction_cache=bool(access & 1 << 9),
            data_cache=bool(access & 1 << 10),
        )


TIMERS = (
    TimerPlace("TIM2", 0x4000_0000, 28, bits=32),
    TimerPlace("TIM3", 0x4000_0400, 29),
    TimerPlace("TIM4", 0x4000_0800, 30),
    TimerPlace("TIM5", 0x4000_0C00, 50, bits=32),
    TimerPlace("TIM6", 0x4000_1000, 54),
    TimerPlace("TIM7", 0x4000_1400, 55),
    TimerPlace("TIM12", 0x4000_1800, 43),
    TimerPlace("TIM13", 0x4000_1C00, 44),
    TimerPlace("TIM14", 0x4000_2000, 45),
    TimerPlace("TIM1", 0x4001_0000, 25, bus=1, compare_interrupt=27),
    TimerPlace("TIM8", 0x4001_0400, 44, bus=1, compare_interrupt=46),
    TimerPlace("TIM9", 0x4001_4000, 24, bus=1),
    TimerPlace("TIM10", 0x4001_4400, 25, bus=1),
    TimerPlace("TIM11", 0x4001_4800, 26, bus=1),
)
SERIAL = (
    SerialPlace("USART1", 0x4001_1000, 37),
    SerialPlace("USART2", 0x4000_4400, 38),
    SerialPlace("USART3", 0x4000_4800, 39),
    SerialPlace("UART4", 0x4000_4C00, 52),
    SerialPlace("UART5", 0x4000_5000, 53),
    SerialPlace("USART6", 0x4001_1400, 71),
)
_VOS = Follow(Field(0x00, 1 << 14), Field(0x04, 1 << 14))
_DEVICE_ID = 0x1000_6413
"""RM0090, DBGMCU_IDCODE: STM32F405xx/07xx, revision A."""


def devices(board: Board, system: System) -> list[Device]:  # noqa: ARG001
    """What is on the buses."""
    clock = ResetAndClock(system)
    return [
        clock,
        Flash(system),
        ControlRegisters("PWR", 0x4000_7000, {0x00: 0x4000}, follows=(_VOS,), read_only={0x04: 0xFF}),
        Registers("SYSCFG", 0x4001_3800),
        Registers("EXTI", 0x4001_3C00),
        Registers("DBGMCU", 0xE004_2000, {0x00: _DEVICE_ID}),
        *timers(system, clock.timers, TIMERS),
        *serial_ports(system, OldUsart, SERIAL),
        *pin_ports(0x4002_0000, "ABCDEFGHI"),
    ]
