"""STM32H7A3, H7B0 and H7B3: RM0455. STM32H743 has a file of its own."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from scons_tinyml.emulator.devices.blocks.control import ControlRegisters, Field, Follow, ready
from scons_tinyml.emulator.devices.blocks.crc import Crc
from scons_tinyml.emulator.devices.blocks.serial import Usart
from scons_tinyml.emulator.devices.blocks.stm32 import (
    MHZ,
    AccessFields,
    ClockControl,
    Flash,
    ahb_divider,
    fractional_pll_hz,
    hse_hz,
)
from scons_tinyml.emulator.devices.blocks.stm32_exti import H7, pin_interrupts
from scons_tinyml.emulator.devices.blocks.stm32_places import (
    TIM1_TO_8_AND_12_TO_14,
    USART1_TO_8,
    SerialPlace,
    TimerPlace,
    pin_ports,
    serial_ports,
    timers,
)
from scons_tinyml.emulator.devices.blocks.stm32_support import SupportPlaces, support
from scons_tinyml.emulator.devices.bus import Device, Registers, System
from scons_tinyml.records.board import Board

_HSI_HZ, _CSI_HZ = 64 * MHZ, 4 * MHZ
_CR, _CFGR, _CDCFGR1, _CDCFGR2, _PLLCKSELR, _PLLCFGR = 0x00, 0x10, 0x18, 0x1C, 0x28, 0x2C
_PLL1DIVR, _PLL1FRACR, _BDCR, _CSR = 0x30, 0x34, 0x70, 0x74
_HSION, _HSIDIV, _CSION = Field(_CR, 1), Field(_CR, 3 << 3), Field(_CR, 1 << 7)
_HSEON, _PLL1ON = Field(_CR, 1 << 16), Field(_CR, 1 << 24)
_PLLSRC, _DIVM1 = Field(_PLLCKSELR, 0x3), Field(_PLLCKSELR, 0x3F0)
_FRACEN, _DIVP1EN = Field(_PLLCFGR, 1), Field(_PLLCFGR, 1 << 16)
_DIVN1, _DIVP1, _FRACN1 = Field(_PLL1DIVR, 0x1FF), Field(_PLL1DIVR, 0xFE00), Field(_PLL1FRACR, 0xFFF8)
_HPRE, HPRE_OFFSET = Field(_CDCFGR1, 0xF), _CDCFGR1


class ResetAndClock(ClockControl):
    """RM0455, chapter 'Reset and clock control (RCC)'."""

    switch, switched = Field(_CFGR, 0x7), Field(_CFGR, 0x38)
    core_prescaler, bus_prescalers = Field(_CDCFGR1, 0xF00), (Field(_CDCFGR2, 0x70), Field(_CDCFGR2, 0x700))
    fourfold = Field(_CFGR, 1 << 15)

    def __init__(self, system: System, hse_hz: int) -> None:
        super().__init__(
            system,
            0x5802_4400,
            {
                _CR: 0x25,
                0x04: 0x4000_0000,
                _PLLCKSELR: 0x0202_0200,
                _PLLCFGR: 0x01FF_0000,
                _PLL1DIVR: 0x0101_0280,
            },
            (
                *ready(_CR, 0, distance=2),
                *ready(_CR, 7, 12, 16, 24, 26, 28),
                *ready(_BDCR, 0),
                *ready(_CSR, 0),
            ),
            hse_hz,
        )

    def sources(self) -> Sequence[int]:
        """Return the speeds of HSI, CSI, HSE and PLL1 P in Hz."""
        return *self._oscillators, self._pll_hz

    def cycles_per_timer_tick(self) -> Sequence[int]:
        """Return the cycles of the core in one tick of the timers of each bus.

        CDPPRE1 and CDPPRE2 divide behind HPRE. HPRE is not in front of the core here: that is CDCPRE.
        """
        return [self.bus_divider() * cycles for cycles in super().cycles_per_timer_tick()]

    def bus_divider(self) -> int:
        """Return the cycles of the core in one of the AXI and AHB buses (HPRE)."""
        return ahb_divider(self.get(_HPRE))

    @property
    def _oscillators(self) -> tuple[int, int, int]:
        hsi_hz = _HSI_HZ >> self.get(_HSIDIV)
        return hsi_hz * self.get(_HSION), _CSI_HZ * self.get(_CSION), self.hse_hz * self.get(_HSEON)

    @property
    def _pll_hz(self) -> int:
        source_hz = (*self._oscillators, 0)[self.get(_PLLSRC)]
        divider = max(self.get(_DIVM1), 1) * (self.get(_DIVP1) + 1)
        fraction = self.get(_FRACN1) * self.get(_FRACEN)
        pll_hz = fractional_pll_hz(source_hz, self.get(_DIVN1) + 1, fraction, divider)
        return pll_hz * self.get(_PLL1ON) * self.get(_DIVP1EN)


_ACCESS = AccessFields()
"""RM0455, section 'FLASH access control register (FLASH_ACR)': LATENCY. The caches are those of the core."""
_TIMERS = (
    *TIM1_TO_8_AND_12_TO_14,
    TimerPlace("TIM15", 0x4001_4000, 116, bus=1),
    TimerPlace("TIM16", 0x4001_4400, 117, bus=1),
    TimerPlace("TIM17", 0x4001_4800, 118, bus=1),
)
_SERIAL = (
    *USART1_TO_8,
    SerialPlace("UART9", 0x4001_1800, 140),
    SerialPlace("USART10", 0x4001_1C00, 141),
    SerialPlace("LPUART1", 0x5800_0C00, 142),
)
_CSR1, _SRDCR = 0x04, 0x18
_ACTVOSRDY = _VOSRDY = 1 << 13
_VOS = Follow(Field(_SRDCR, 3 << 14), Field(_CSR1, 3 << 14))  # ACTVOS
_DEVICE_ID = 0x1001_6480
"""RM0455, DBGMCU_IDC: STM32H7A3/7B3, revision Z."""

_SUPPORT = SupportPlaces(
    calendar=0x5800_4000,
    window_watchdog=0x5000_3000,
    watchdog=0x5800_4800,
    unique_id=0x08FF_F800,
    flash_size=0x08FF_F80C,
    random=0x4802_1800,
    trimming=0x4000_8400,
    tamper=0x5800_4400,
)
"""CMSIS header stm32h7a3xx.h; RM0455, memory map."""


def devices(board: Board, system: System) -> list[Device]:
    """Return the devices on the buses."""
    clock = ResetAndClock(system, hse_hz(board))
    flash = Flash(system, FLASH_START, _ACCESS, {0x00: 0x13, **LOCKED}, read_only=FLASH_FLAGS)
    return [clock, *support(board, _SUPPORT), flash, *around(clock, system, _SERIAL, _DEVICE_ID)]


FLASH_START, LOCKED, FLASH_FLAGS = 0x5200_2000, {0x0C: 0x31, 0x10C: 0x31}, {0x10: ~0, 0x110: ~0}


def around(
    clock: ResetAndClock, system: System, serial: Iterable[SerialPlace], device_id: int
) -> list[Device]:
    """Return the devices but clock and flash.

    VOSRDY and ACTVOSRDY of PWR stay 1: the regulator is always in its requested state.
    """
    return [
        ControlRegisters(
            "PWR",
            0x5802_4800,
            {0x00: 0xF000_C000, _CSR1: _ACTVOSRDY, 0x0C: 0x46, _SRDCR: 0x4000 | _VOSRDY},
            follows=(_VOS,),
            read_only={_CSR1: ~0, _SRDCR: _VOSRDY},
        ),
        Registers("FMC", 0x5200_4000, {0x00: 0x30DB}),
        Crc(0x5802_4C00),
        Registers("DBGMCU", 0x5C00_1000, {0x00: device_id}),
        *timers(system, clock.timers, _TIMERS),
        *serial_ports(system, Usart, serial),
        *pin_interrupts(
            system, 0x5800_0000, H7, pin_ports(0x5802_0000, "ABCDEFGHIJK"), ("SYSCFG", 0x5800_0400)
        ),
    ]
