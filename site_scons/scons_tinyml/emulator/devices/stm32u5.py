"""STM32U5 without security extension in use: RM0456."""

from __future__ import annotations

from collections.abc import Sequence

from scons_tinyml.emulator.devices.blocks.control import ControlRegisters, Field, Follow, ready
from scons_tinyml.emulator.devices.blocks.crc import Crc
from scons_tinyml.emulator.devices.blocks.flash import FlashControl
from scons_tinyml.emulator.devices.blocks.serial import Usart
from scons_tinyml.emulator.devices.blocks.stm32 import (
    MHZ,
    AccessFields,
    ClockControl,
    Flash,
    fractional_pll_hz,
    hse_hz,
)
from scons_tinyml.emulator.devices.blocks.stm32_exti import U5, pin_interrupts
from scons_tinyml.emulator.devices.blocks.stm32_places import (
    SerialPlace,
    TimerPlace,
    pin_ports,
    serial_ports,
    timers,
)
from scons_tinyml.emulator.devices.blocks.stm32_support import SupportPlaces, support
from scons_tinyml.emulator.devices.bus import Device, FlashSetup, Registers, System
from scons_tinyml.records.board import Board

_HSI_HZ = 16 * MHZ
_MSI_HZ = tuple(
    (48 * MHZ, 4 * MHZ, 3_072_000, 400_000)[range_ // 4] // (range_ % 4 + 1) for range_ in range(16)
)
_CR, _ICSCR1, _CFGR1, _CFGR2, _CFGR3, _PLL1CFGR, _PLL1DIVR = 0x00, 0x08, 0x1C, 0x20, 0x24, 0x28, 0x34
_PLL1FRACR, _BDCR, _CSR = 0x38, 0xF0, 0xF4
_MSISON, _HSION, _HSEON, _PLL1ON = (Field(_CR, 1 << bit) for bit in (0, 8, 16, 24))
_MSIRGSEL, _MSISRANGE, _MSISSRANGE = Field(_ICSCR1, 1 << 23), Field(_ICSCR1, 0xF << 28), Field(_CSR, 0xF000)
_PLL1SRC, _FRACEN, _PLL1M = Field(_PLL1CFGR, 0x3), Field(_PLL1CFGR, 0x10), Field(_PLL1CFGR, 0xF00)
_PLL1REN, _PLL1N, _PLL1R = Field(_PLL1CFGR, 1 << 18), Field(_PLL1DIVR, 0x1FF), Field(_PLL1DIVR, 0x7F << 24)
_FRACN = Field(_PLL1FRACR, 0xFFF8)


class ResetAndClock(ClockControl):
    """RM0456, chapter 'Reset and clock control (RCC)'."""

    switch, switched = Field(_CFGR1, 0x3), Field(_CFGR1, 0xC)
    core_prescaler = Field(_CFGR2, 0xF)
    bus_prescalers = (Field(_CFGR2, 0x70), Field(_CFGR2, 0x700), Field(_CFGR3, 0x70))

    def __init__(self, system: System, hse_hz: int) -> None:
        super().__init__(
            system,
            0x4602_0C00,
            {_CR: 0x35, _ICSCR1: 0x4400_0000, _PLL1DIVR: 0x0101_0280, _CSR: 0x0C00_4400},
            (
                *ready(_CR, 0, 8, distance=2),
                *ready(_CR, 4, 12, 14, 16, 24, 26, 28),
                *ready(_BDCR, 0, 26),
                *ready(_BDCR, 7, distance=4),
            ),
            hse_hz,
        )

    def sources(self) -> Sequence[int]:
        """Return the speeds of MSIS, HSI16, HSE and PLL1 R in Hz."""
        return *self._oscillators, self._pll_hz

    @property
    def _oscillators(self) -> tuple[int, int, int]:
        msi_hz = _MSI_HZ[self.get(_MSISRANGE if self.get(_MSIRGSEL) else _MSISSRANGE)]
        return msi_hz * self.get(_MSISON), _HSI_HZ * self.get(_HSION), self.hse_hz * self.get(_HSEON)

    @property
    def _pll_hz(self) -> int:
        source_hz = (0, *self._oscillators)[self.get(_PLL1SRC)]
        divider = (self.get(_PLL1M) + 1) * (self.get(_PLL1R) + 1)
        fraction = self.get(_FRACN) * self.get(_FRACEN)
        pll_hz = fractional_pll_hz(source_hz, self.get(_PLL1N) + 1, fraction, divider)
        return pll_hz * self.get(_PLL1ON) * self.get(_PLL1REN)


class InstructionCache(FlashControl):
    """ICACHE: RM0456, chapter 'Instruction cache (ICACHE)'. It also holds data. Invalidations end at once."""

    _CR, _SR, _FCR = 0x00, 0x04, 0x0C
    _EN, _CACHEINV, _WAYSEL, _BSYENDF = 1 << 0, 1 << 1, 1 << 2, 1 << 1

    def __init__(self, system: System) -> None:
        super().__init__(
            system, 0x4003_0400, {self._CR: self._WAYSEL}, name="ICACHE", read_only={self._SR: ~0}
        )

    def setup(self, access: int) -> FlashSetup:
        """Return the set-up by EN, and by WAYSEL: two ways or direct mapped."""
        return FlashSetup(
            instruction_cache=bool(access & self._EN), cache_ways=2 if access & self._WAYSEL else 1
        )

    def on_write(self, offset: int, value: int) -> None:
        """Store a register. An invalidation ends with its write."""
        if offset == self._CR and value & self._CACHEINV:
            self.words[self._SR] = self.words.get(self._SR, 0) | self._BSYENDF
            value &= ~self._CACHEINV
        if offset == self._FCR:
            self.words[self._SR] = self.words.get(self._SR, 0) & ~value
            return
        super().on_write(offset, value)


_ACCESS = AccessFields(prefetch=1 << 8)
"""RM0456, section 'FLASH access control register (FLASH_ACR)': LATENCY, PRFTEN.

The cache has registers of its own.
"""
_TIMERS = (
    TimerPlace("TIM2", 0x4000_0000, 45, bits=32),
    TimerPlace("TIM3", 0x4000_0400, 46, bits=32),
    TimerPlace("TIM4", 0x4000_0800, 47, bits=32),
    TimerPlace("TIM5", 0x4000_0C00, 48, bits=32),
    TimerPlace("TIM6", 0x4000_1000, 49),
    TimerPlace("TIM7", 0x4000_1400, 50),
    TimerPlace("TIM1", 0x4001_2C00, 42, bus=1, compare_interrupt=44),
    TimerPlace("TIM8", 0x4001_3400, 52, bus=1, compare_interrupt=54),
    TimerPlace("TIM15", 0x4001_4000, 69, bus=1),
    TimerPlace("TIM16", 0x4001_4400, 70, bus=1),
    TimerPlace("TIM17", 0x4001_4800, 71, bus=1),
)
_SERIAL = (
    SerialPlace("USART1", 0x4001_3800, 61),
    SerialPlace("USART2", 0x4000_4400, 62),
    SerialPlace("USART3", 0x4000_4800, 63),
    SerialPlace("UART4", 0x4000_4C00, 64),
    SerialPlace("UART5", 0x4000_5000, 65),
    SerialPlace("LPUART1", 0x4600_2400, 66),
)
_ADC_ISR, _ADC_CR = 0x00, 0x08
_ANALOG = (
    Follow(Field(_ADC_CR, 1 << 28), Field(_ADC_ISR, 1 << 12)),  # ADVREGEN, LDORDY
    Follow(Field(_ADC_CR, 1 << 0), Field(_ADC_ISR, 1 << 0)),  # ADEN, ADRDY
)
_ADCAL = 1 << 31
_GRSTCTL, _AHBIDL = 0x10, 1 << 31
_CSRST, _FLUSHES = 1 << 0, 3 << 4
_VOSR, _CR3, _SVMSR = 0x0C, 0x08, 0x3C
_POWER = (
    Follow(Field(_VOSR, 1 << 18), Field(_VOSR, 1 << 14)),  # BOOSTEN, BOOSTRDY
    Follow(Field(_VOSR, 3 << 16), Field(_SVMSR, 3 << 16)),  # VOS, ACTVOS
    Follow(Field(_CR3, 1 << 1), Field(_SVMSR, 1 << 1)),  # REGSEL, REGS
)
_VOSRDY = 1 << 15
_DEVICE_ID = 0x2001_6482
"""RM0456, DBGMCU_IDCODE: STM32U575, revision X."""

_SUPPORT = SupportPlaces(
    calendar=0x4600_7800,
    window_watchdog=0x4000_2C00,
    watchdog=0x4000_3000,
    unique_id=0x0BFA_0700,
    flash_size=0x0BFA_07A0,
    random=0x420C_0800,
    trimming=0x4000_6000,
    trimming_bits=7,
    tamper=0x4600_7C00,
)
"""CMSIS header stm32u575xx.h; RM0456, memory map."""


def flash(system: System) -> Flash:
    """Return the flash controller."""
    reset_values = {0x00: 0x1, 0x28: 0xC000_0000, 0x2C: 0xC000_0000}
    return Flash(system, 0x4002_2000, _ACCESS, reset_values, read_only={0x20: ~0, 0x24: ~0})


def devices(board: Board, system: System) -> list[Device]:
    """Return the devices on the buses.

    VOSRDY and ACTVOSRDY of PWR stay 1: the regulator is always in its requested state. Code that CubeMX
    writes for the Nucleo board sets up a converter and USB at start. The converter does not convert, and
    USB has no host.
    """
    clock = ResetAndClock(system, hse_hz(board))
    return [
        clock,
        *support(board, _SUPPORT),
        flash(system),
        InstructionCache(system),
        ControlRegisters(
            "PWR",
            0x4602_0800,
            {_VOSR: _VOSRDY, _SVMSR: _VOSRDY},
            follows=_POWER,
            read_only={_VOSR: _VOSRDY, 0x38: ~0, _SVMSR: ~0},
        ),
        ControlRegisters("ADC1", 0x4202_8000, {_ADC_CR: 1 << 29}, follows=_ANALOG, pulses={_ADC_CR: _ADCAL}),
        ControlRegisters(
            "OTG_FS",
            0x4204_0000,
            {_GRSTCTL: _AHBIDL},
            read_only={_GRSTCTL: _AHBIDL},
            pulses={_GRSTCTL: _CSRST | _FLUSHES},
            size_bytes=0x1000,
        ),
        Registers("DCACHE1", 0x4003_1400),
        Crc(),
        Registers("DBGMCU", 0xE004_4000, {0x00: _DEVICE_ID}),
        *timers(system, clock.timers, _TIMERS),
        *serial_ports(system, Usart, _SERIAL),
        *pin_interrupts(
            system, 0x4602_2000, U5, pin_ports(0x4202_0000, "ABCDEFGHI"), ("SYSCFG", 0x4600_0400)
        ),
    ]
