"""Common parts of STM32 families: the switch of the core's clock, the dividers behind it, and flash."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from scons_tinyml.emulator.devices.blocks.clock import Clock
from scons_tinyml.emulator.devices.blocks.control import ControlRegisters, Field, Follow
from scons_tinyml.emulator.devices.blocks.flash import FlashControl
from scons_tinyml.emulator.devices.bus import FlashSetup, System
from scons_tinyml.records.board import Board

MHZ = 1_000_000
_AHB = (2, 4, 8, 16, 64, 128, 256, 512)


def ahb_divider(value: int) -> int:
    """Return the divider of HPRE: 0 to 7 do not divide, 8 to 15 divide by 2 to 512 without 32."""
    return _AHB[value & 7] if value & 8 else 1


def apb_divider(value: int) -> int:
    """Return the divider of PPRE: 0 to 3 do not divide, 4 to 7 divide by 2 to 16."""
    return 2 << (value & 3) if value & 4 else 1


def timer_divider(value: int, *, fourfold: bool = False) -> int:
    """Return the cycles of the AHB per tick of a timer behind PPRE.

    The timer counts twice the bus clock at most, four times with `fourfold` (TIMPRE).
    """
    return max(1, apb_divider(value) // (4 if fourfold else 2))


def fractional_pll_hz(source_hz: int, multiplier: int, fraction: int, divider: int) -> int:
    """Return the output in Hz of a PLL whose multiplier has a `fraction`, which counts 1/8192."""
    return source_hz * (multiplier * 8192 + fraction) // (divider * 8192)


def hse_hz(board: Board, usual_mhz: int = 8) -> int:
    """Return the board's external clock in Hz, or the one that most boards of the family have."""
    return board.external_clock.frequency if board.external_clock else usual_mhz * MHZ


class ClockControl(ControlRegisters):
    """Reset and clock control (RCC): a switch between sources. The machine is notified of its speed.

    A subclass gives the fields and the speeds of the sources. `timers` are the clocks of timers, one per
    bus.
    """

    switch: Field
    """SW: the source that firmware selects."""
    switched: Field
    """SWS: the source in use."""
    core_prescaler: Field
    """HPRE, between the switch and the core."""
    bus_prescalers: tuple[Field, ...]
    """PPRE of each bus with timers."""
    fourfold: Field | None = None
    """TIMPRE, where timers may count four times the clock of their bus."""
    applied: Mapping[int, int] = MappingProxyType({})
    """Flags by offset that say that a divider is applied. They stay as after reset, as dividers apply at once."""

    def __init__(
        self,
        system: System,
        start: int,
        reset_values: Mapping[int, int],
        follows: Iterable[Follow],
        hse_hz: int,
    ) -> None:
        self.system, self.hse_hz = system, hse_hz
        self.timers: Sequence[Clock] = [Clock() for _ in self.bus_prescalers]
        self._core_hz = 0
        read_only = dict(self.applied)
        read_only[self.switched.offset] = read_only.get(self.switched.offset, 0) | self.switched.mask
        super().__init__("RCC", start, reset_values, follows=follows, read_only=read_only)

    @abstractmethod
    def sources(self) -> Sequence[int]:
        """Return the speeds in Hz of the sources, in the switch's order; 0 for one that is not running."""

    def core_divider(self) -> int:
        """Return what HPRE divides by."""
        return ahb_divider(self.get(self.core_prescaler))

    def cycles_per_timer_tick(self) -> Sequence[int]:
        """Return the cycles of the core in one tick of the timers of each bus."""
        fourfold = self.fourfold is not None and bool(self.get(self.fourfold))
        return [timer_divider(self.get(field), fourfold=fourfold) for field in self.bus_prescalers]

    def reset(self) -> None:
        """Set clocks as after power-on.

        The machine is not notified: it stays at the clock of the board until a change.
        """
        super().reset()
        self._core_hz = self._speed()
        self._divide()

    def on_change(self, offset: int) -> None:  # noqa: ARG002
        """Switch when the selected source runs, and notify of changes."""
        wanted = self.switch.get(self.words)
        if self._source_hz(wanted):
            self.switched.put(self.words, wanted)
        speed = self._speed()
        if speed and speed != self._core_hz:
            self._core_hz = speed
            self.system.set_core_clock(speed)
        self._divide()

    def _source_hz(self, source: int) -> int:
        sources = self.sources()
        return sources[source] if source < len(sources) else 0

    def _speed(self) -> int:
        return self._source_hz(self.switched.get(self.words)) // self.core_divider()

    def _divide(self) -> None:
        for clock, cycles in zip(self.timers, self.cycles_per_timer_tick(), strict=True):
            clock.set(cycles)


@dataclass(frozen=True)
class AccessFields:
    """Masks of the fields of FLASH_ACR; 0 for fields that a family does not have."""

    latency: int = 0xF
    prefetch: int = 0
    instruction_cache: int = 0
    data_cache: int = 0


class Flash(FlashControl):
    """Flash controller of a family. Its access control register is its first."""

    def __init__(
        self,
        system: System,
        start: int,
        fields: AccessFields,
        reset_values: Mapping[int, int],
        *,
        read_only: Mapping[int, int],
        follows: Iterable[Follow] = (),
    ) -> None:
        self._fields = fields
        super().__init__(system, start, reset_values, read_only=read_only, follows=follows)

    def setup(self, access: int) -> FlashSetup:
        """Return the wait states, and the switches that the family has."""
        fields = self._fields
        return FlashSetup(
            wait_states=access & fields.latency,
            prefetch=_switch(access, fields.prefetch),
            instruction_cache=_switch(access, fields.instruction_cache),
            data_cache=_switch(access, fields.data_cache),
        )


def _switch(access: int, mask: int) -> bool | None:
    return bool(access & mask) if mask else None
