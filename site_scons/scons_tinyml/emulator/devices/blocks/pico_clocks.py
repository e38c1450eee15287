"""Clocks of RP2040 and RP2350: resets, oscillators, PLLs and switches.

Sections are those of the RP2040 Datasheet. The RP2350 Datasheet has the same registers.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from scons_tinyml.emulator.devices.blocks.clock import Clock
from scons_tinyml.emulator.devices.blocks.pico import BLOCK_BYTES, AtomicRegisters
from scons_tinyml.emulator.devices.bus import System

_REF_CTRL, _REF_DIV, _REF_SELECTED, _SYS_CTRL, _SYS_DIV, _SYS_SELECTED = 0x30, 0x34, 0x38, 0x3C, 0x40, 0x44
_GLITCHLESS = {_REF_CTRL: 0x3, _SYS_CTRL: 0x1}
_MOST_REF_DIV = {1 << 8: 0x3, 1 << 16: 0xFF}
"""Bits of the divider of clk_ref, by what stands for 1."""
_STABLE, _LOCK = 1 << 31, 1 << 31


class Resets(AtomicRegisters):
    """RESETS (section 2.14): a block that is not held in reset is done with it. `blocks` has their bits."""

    _RESET, _DONE = 0x0, 0x8

    def __init__(self, start: int, blocks: int) -> None:
        self._blocks = blocks
        super().__init__(
            "RESETS", start, {self._RESET: blocks}, read_only={self._DONE: ~0}, size_bytes=BLOCK_BYTES
        )

    def on_read(self, offset: int) -> int:
        """Return a register. RESET_DONE is the complement of RESET."""
        return ~self.words[self._RESET] & self._blocks if offset == self._DONE else super().on_read(offset)


class Oscillator(AtomicRegisters):
    """XOSC and ROSC, sections 2.16 and 2.17: stable once ENABLE of CTRL has its magic value."""

    _CTRL, _ENABLE, _DISABLED = 0x0, 0xFFF << 12, 0xD1E << 12
    _ENABLED_BIT = 1 << 12

    def __init__(self, name: str, start: int, status: int, reset_control: int, speed_hz: int) -> None:
        self._status, self._speed_hz = status, speed_hz
        super().__init__(
            name, start, {self._CTRL: reset_control}, read_only={status: ~0}, size_bytes=BLOCK_BYTES
        )

    @property
    def running(self) -> bool:
        """True when ENABLE is FAB."""
        return self.words[self._CTRL] & self._ENABLE == 0xFAB << 12

    @property
    def hz(self) -> int:
        """Speed in Hz, 0 while it is off."""
        return self._speed_hz if self.running else 0

    def on_read(self, offset: int) -> int:
        """Return a register. STATUS shows enabled and stable."""
        if offset == self._status:
            return _STABLE | self._ENABLED_BIT if self.running else 0
        return super().on_read(offset)


class Pll(AtomicRegisters):
    """PLL (section 2.18): locked while neither PD nor VCOPD holds it down."""

    _CS, _PWR, _FBDIV, _PRIM = 0x0, 0x4, 0x8, 0xC
    _HELD = 1 << 0 | 1 << 5

    def __init__(self, name: str, start: int, crystal: Oscillator) -> None:
        self._crystal = crystal
        super().__init__(
            name,
            start,
            {self._CS: 1, self._PWR: 0x2D, self._PRIM: 0x7_7000},
            read_only={self._CS: _LOCK},
            size_bytes=BLOCK_BYTES,
        )

    @property
    def hz(self) -> int:
        """Speed of the output in Hz, 0 while it is not locked."""
        if self.words[self._PWR] & self._HELD:
            return 0
        dividers = self.words[self._PRIM]
        after = max(dividers >> 16 & 7, 1) * max(dividers >> 12 & 7, 1)
        before = max(self.words[self._CS] & 0x3F, 1)
        return self._crystal.hz // before * (self.words.get(self._FBDIV, 0) & 0xFFF) // after

    def on_read(self, offset: int) -> int:
        """Return a register. CS shows the lock."""
        return super().on_read(offset) | (_LOCK if offset == self._CS and self.hz else 0)


class Clocks(AtomicRegisters):
    """Switches of clk_ref and clk_sys (section 2.15). Timers count microseconds whatever they are.

    Dividers have `fraction_bits` bits behind the point; `others` are the SELECTED registers of switches that are not
    modelled.
    """

    def __init__(
        self,
        system: System,
        start: int,
        ring: Oscillator,
        crystal: Oscillator,
        plls: Sequence[Pll],
        microseconds: Clock,
        *,
        fraction_bits: int,
        others: Sequence[int],
        sys_control: int = 0,
    ) -> None:
        self._system, self._ring, self._crystal, self._plls = system, ring, crystal, plls
        self._microseconds, self._core_hz, self._one = microseconds, 0, 1 << fraction_bits
        selected = dict.fromkeys((_REF_SELECTED, _SYS_SELECTED, *others), 1)
        super().__init__(
            "CLOCKS",
            start,
            {_REF_DIV: self._one, _SYS_DIV: self._one, _SYS_CTRL: sys_control, **selected},
            read_only=dict.fromkeys(selected, ~0),
            size_bytes=BLOCK_BYTES,
        )

    def on_change(self, offset: int) -> None:  # noqa: ARG002
        """Set SELECTED of the glitchless switches, and notify the machine of a new speed."""
        for control, mask in _GLITCHLESS.items():
            self.words[control + 8] = 1 << (self.words.get(control, 0) & mask)
        speed = self._sys_hz
        if speed and speed != self._core_hz:
            self._core_hz = speed
            self._system.set_core_clock(speed)
            self._microseconds.set(Fraction(speed, 1_000_000))

    @property
    def _sys_hz(self) -> int:
        control = self.words.get(_SYS_CTRL, 0)
        source = self._sources(control >> 5 & 7) if control & 1 else self._ref_hz
        return source * self._one // max(self.words[_SYS_DIV], 1)

    @property
    def _ref_hz(self) -> int:
        source = (self._ring.hz, self._plls[1].hz, self._crystal.hz, 0)[self.words.get(_REF_CTRL, 0) & 3]
        return source // max(self.words[_REF_DIV] // self._one & _MOST_REF_DIV[self._one], 1)

    def _sources(self, source: int) -> int:
        """Return the speed in Hz of an auxiliary source of clk_sys: both PLLs, ring oscillator, crystal."""
        return (*(pll.hz for pll in self._plls), self._ring.hz, self._crystal.hz, 0, 0, 0, 0)[source]
