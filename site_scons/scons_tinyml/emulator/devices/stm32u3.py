"""STM32U375 and U385 without security extension in use: RM0487. Flash and caches are those of STM32U5."""

from __future__ import annotations

from collections.abc import Sequence

from scons_tinyml.emulator.devices import stm32u5
from scons_tinyml.emulator.devices.blocks.control import ControlRegisters, Field, Follow, ready
from scons_tinyml.emulator.devices.blocks.crc import Crc
from scons_tinyml.emulator.devices.blocks.serial import Usart
from scons_tinyml.emulator.devices.blocks.stm32 import MHZ, ClockControl, hse_hz
from scons_tinyml.emulator.devices.blocks.stm32_exti import U5, pin_interrupts
from scons_tinyml.emulator.devices.blocks.stm32_places import (
    SerialPlace,
    TimerPlace,
    pin_ports,
    serial_ports,
    timers,
)
from scons_tinyml.emulator.devices.bus import Device, Registers, System
from scons_tinyml.records.board import Board

_HSI_HZ, _MSIRC_HZ = 16 * MHZ, (96 * MHZ, 24 * MHZ)
_USUAL_MHZ = 32  # HSE_VALUE of system_stm32u3xx.c
_CR, _ICSCR1, _CFGR1, _CFGR2, _CFGR3, _BDCR, _CSR = 0x00, 0x08, 0x1C, 0x20, 0x24, 0x110, 0x114
_MSISON, _HSION, _HSEON = (Field(_CR, 1 << bit) for bit in (0, 11, 16))
_MSIRGSEL, _MSISDIV, _MSISSEL = Field(_ICSCR1, 1 << 23), Field(_ICSCR1, 3 << 29), Field(_ICSCR1, 1 << 31)
_MSISDIVS = Field(_CSR, 3 << 12)


class ResetAndClock(ClockControl):
    """RM0487, chapter 'Reset and clock control (RCC)'. There is no PLL behind the oscillators."""

    switch, switched = Field(_CFGR1, 0x3), Field(_CFGR1, 0xC)
    core_prescaler = Field(_CFGR2, 0xF)
    bus_prescalers = (Field(_CFGR2, 0x70), Field(_CFGR2, 0x700), Field(_CFGR3, 0x70))

    def __init__(self, system: System, hse_hz: int) -> None:
        super().__init__(
            system,
            0x4003_0C00,
            {_CR: 0x1D, _ICSCR1: 0xB400_0000, _CSR: 0x0C00_1100},
            (
                *ready(_CR, 0, 11, distance=2),
                *ready(_CR, 3, 14, 16),
                *ready(_CR, 5, 6, distance=4),
                *ready(_BDCR, 0),
                *ready(_BDCR, 7, distance=4),
                *ready(_CSR, 0),
            ),
            hse_hz,
        )

    def sources(self) -> Sequence[int]:
        """Return the speeds of MSIS, HSI16 and HSE in Hz."""
        return (
            self._msi_hz * self.get(_MSISON),
            _HSI_HZ * self.get(_HSION),
            self.hse_hz * self.get(_HSEON),
        )

    @property
    def _msi_hz(self) -> int:
        if self.get(_MSIRGSEL):
            return _MSIRC_HZ[self.get(_MSISSEL)] >> self.get(_MSISDIV)
        return _MSIRC_HZ[1] >> self.get(_MSISDIVS)


_TIMERS = (
    TimerPlace("TIM2", 0x4000_0000, 45, bits=32),
    TimerPlace("TIM3", 0x4000_0400, 46, bits=32),
    TimerPlace("TIM4", 0x4000_0800, 47, bits=32),
    TimerPlace("TIM6", 0x4000_1000, 49),
    TimerPlace("TIM7", 0x4000_1400, 50),
    TimerPlace("TIM1", 0x4001_2C00, 42, bus=1, compare_interrupt=44),
    TimerPlace("TIM15", 0x4001_4000, 69, bus=1),
    TimerPlace("TIM16", 0x4001_4400, 70, bus=1),
    TimerPlace("TIM17", 0x4001_4800, 71, bus=1),
)
_SERIAL = (
    SerialPlace("USART1", 0x4001_3800, 61),
    SerialPlace("USART3", 0x4000_4800, 63),
    SerialPlace("UART4", 0x4000_4C00, 64),
    SerialPlace("UART5", 0x4000_5000, 65),
    SerialPlace("LPUART1", 0x4004_2400, 66),
)
_CR3, _VOSR, _SVMSR = 0x08, 0x0C, 0x3C
_READY = 3 << 16 | 1 << 24  # R1RDY, R2RDY, BOOSTRDY
_POWER = (
    *ready(_VOSR, 0, 1, 8, distance=16),  # R1EN, R2EN, BOOSTEN
    Follow(Field(_CR3, 1 << 1), Field(_SVMSR, 1 << 1)),  # REGSEL, REGS
)
_DEVICE_ID = 0x1000_0454
"""RM0487, DBGMCU_IDCODE.DEV_ID: STM32U375/385."""


def devices(board: Board, system: System) -> list[Device]:
    """Return the devices on the buses."""
    clock = ResetAndClock(system, hse_hz(board, _USUAL_MHZ))
    return [
        clock,
        stm32u5.flash(system),
        stm32u5.InstructionCache(system),
        ControlRegisters(
            "PWR",
            0x4003_0800,
            {_VOSR: 1 << 1},
            follows=_POWER,
            read_only={_VOSR: _READY, 0x38: ~0, _SVMSR: ~0},
        ),
        Crc(),
        Registers("DBGMCU", 0xE004_4000, {0x00: _DEVICE_ID}),
        *timers(system, clock.timers, _TIMERS),
        *serial_ports(system, Usart, _SERIAL),
        *pin_interrupts(system, 0x4003_2000, U5, pin_ports(0x4202_0000, "ABCDE"), ("SYSCFG", 0x4004_0400)),
        *pin_ports(0x4202_1800, "GH"),
    ]
