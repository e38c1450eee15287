"""RA4M1: its user's manual (R01UH0887), and R7FA4M1AB.h of the Flexible Software Package."""

from __future__ import annotations

from scons_tinyml.emulator.devices.blocks.clock import Clock
from scons_tinyml.emulator.devices.blocks.control import ControlRegisters
from scons_tinyml.emulator.devices.blocks.flash import FlashControl
from scons_tinyml.emulator.devices.blocks.renesas import EventLinks, PwmTimer, RenesasPins, SciPort
from scons_tinyml.emulator.devices.bus import Device, FlashSetup, Registers, System
from scons_tinyml.records.board import Board

_INTERRUPTS = 32
_MOCO_HZ, _LOCO_HZ, _CRYSTAL_HZ = 8_000_000, 32_768, 12_000_000
_HOCO_HZ = {0: 24_000_000, 2: 32_000_000, 4: 48_000_000, 5: 64_000_000}
_OFS1 = 0x404
"""Option-setting memory, in flash: OFS1.HOCOFRQ1 (bits 12 to 14) chooses the speed of HOCO."""


class SystemRegisters(ControlRegisters):
    """SYSTEM (chapters 'Clock Generation Circuit' and 'Low Power Modes'). Protection (PRCR) is not modelled.

    Oscillators that run are stable. Offsets are of words, which hold several registers.
    """

    _SCKDIVCR, _SOURCE, _PLLCCR, _MEMWAIT, _HOCOCR, _STABLE = 0x20, 0x24, 0x28, 0x30, 0x34, 0x3C
    _FASTEST = 6
    """SCKDIVCR divides by 64 at most."""

    def __init__(self, system: System, crystal_hz: int) -> None:
        self._system, self._crystal_hz = system, crystal_hz
        self.timers = Clock()
        """PCLKD, which timers count."""
        self._core_hz = 0
        values = {
            self._SCKDIVCR: 0x4404_4444,
            self._SOURCE: 1 << 16,
            self._PLLCCR: 1 << 16 | 7 << 24,
            self._MEMWAIT: 1 << 16,
            self._HOCOCR: 1 << 16,
            0xA0: 0x02,
        }
        super().__init__("SYSTEM", 0x4001_E000, values, read_only={self._STABLE: 0xFF}, size_bytes=0x1000)

    def reset(self) -> None:
        """Set registers to their values after reset. The machine is not notified."""
        super().reset()
        self._core_hz = self._speed(24)
        self._divide()

    def on_read(self, offset: int) -> int:
        """Return a register. OSCSF has HOCOSF, MOSCSF and PLLSF."""
        if offset != self._STABLE:
            return super().on_read(offset)
        stable = bool(self._hoco_hz()) | bool(self._main_hz()) << 3 | bool(self._pll_hz()) << 5
        return super().on_read(offset) & ~0xFF | stable

    def on_change(self, offset: int) -> None:
        """Follow a change of wait states or clocks."""
        if offset == self._MEMWAIT:
            self._system.set_flash(FlashSetup(wait_states=self.words[offset] >> 8 & 1))
        speed = self._speed(24)
        if speed and speed != self._core_hz:
            self._core_hz = speed
            self._system.set_core_clock(speed)
        self._divide()

    def _divide(self) -> None:
        timers_hz = self._speed(0)
        if self._core_hz and timers_hz:
            self.timers.set(max(1, self._core_hz // timers_hz))

    def _speed(self, divider: int) -> int:
        """Return the clock whose divider is at bit `divider` of SCKDIVCR: 24 is ICLK, 0 is PCLKD."""
        source = self.words[self._SOURCE] >> 16 & 7
        sources = (
            self._hoco_hz(),
            self._moco_hz(),
            _LOCO_HZ,
            self._main_hz(),
            _LOCO_HZ,
            self._pll_hz(),
            0,
            0,
        )
        return sources[source] >> min(self.words[self._SCKDIVCR] >> divider & 7, self._FASTEST)

    def _hoco_hz(self) -> int:
        if self.words[self._HOCOCR] >> 16 & 1:
            return 0
        options = int.from_bytes(self._system.read_memory(_OFS1, 4), "little")
        return _HOCO_HZ.get(options >> 12 & 7, 0)

    def _moco_hz(self) -> int:
        return 0 if self.words.get(0x38, 0) & 1 else _MOCO_HZ

    def _main_hz(self) -> int:
        return 0 if self.words[self._MEMWAIT] >> 16 & 1 else self._crystal_hz

    def _pll_hz(self) -> int:
        """Return PLLMUL + 1 times the main clock, divided by PLODIV, 0 while it is stopped."""
        word = self.words[self._PLLCCR]
        if word >> 16 & 1:
            return 0
        return self._main_hz() * ((word >> 24 & 0x1F) + 1) >> min(word >> 30, 2)


class FlashCache(FlashControl):
    """FCACHE (chapter 'Flash Memory'): FCACHEE switches the cache. Invalidation is done at once."""

    _FCACHEE, _FCACHEIV = 0x100, 0x104

    def __init__(self, system: System) -> None:
        super().__init__(
            system, 0x4001_C000, {}, access=self._FCACHEE, name="FCACHE", read_only={self._FCACHEIV: ~0}
        )

    def setup(self, access: int) -> FlashSetup:
        """Return FCACHEEN."""
        return FlashSetup(instruction_cache=bool(access & 1))


_KEPT = {
    "MPU": (0x4000_0000, 0x1000),
    "CACHE_SRAM": (0x4000_2000, 0x1000),
    "BUS": (0x4000_3000, 0x1000),
    "DMAC": (0x4000_5000, 0x1000),
    "ELC": (0x4004_1000, 0x1000),
    "RTC": (0x4004_4000, 0x200),
    "WDT": (0x4004_4200, 0x200),
    "IWDT": (0x4004_4400, 0x200),
    "CAC": (0x4004_4600, 0x200),
    "MSTP": (0x4004_7000, 0x1000),
}
_SERIAL_EVENTS = {0: 0x98, 1: 0x9E, 2: 0xA3, 9: 0xA8}
_TIMERS_EVENT, _EVENTS_OF_A_TIMER, _WIDE_TIMERS = 0x57, 8, 2


def devices(board: Board, system: System) -> list[Device]:
    """Return the devices on the buses."""
    external = board.external_clock
    registers = SystemRegisters(system, external.frequency if external else _CRYSTAL_HZ)
    links = EventLinks(system, _INTERRUPTS)
    return [
        registers,
        FlashCache(system),
        links,
        RenesasPins(),
        *(
            SciPort(system, f"SCI{number}", 0x4007_0000 + 0x20 * number, links, events)
            for number, events in _SERIAL_EVENTS.items()
        ),
        *(
            PwmTimer(
                system,
                number,
                0x4007_8000 + 0x100 * number,
                registers.timers,
                links,
                _TIMERS_EVENT + _EVENTS_OF_A_TIMER * number,
                32 if number < _WIDE_TIMERS else 16,
            )
            for number in range(8)
        ),
        *(Registers(name, start, size_bytes=size) for name, (start, size) in _KEPT.items()),
    ]
