"""Clocks: what timers count, and the register block that switches the clock of the core."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from typing import Protocol

from scons_tinyml.emulator.devices.blocks.control import ControlRegisters, Field, Follow
from scons_tinyml.emulator.devices.bus import FlashSetup, System


class Follower(Protocol):
    """What counts a clock."""

    def settle(self) -> None:
        """Count up to now."""

    def plan(self) -> None:
        """Plan what comes next."""


class Clock:
    """A clock in cycles of the core per tick. Its followers count at the old rate up to the moment of a change."""

    def __init__(self, cycles_per_tick: Fraction | int = 1) -> None:
        self.cycles_per_tick = Fraction(cycles_per_tick)
        self._followers: list[Follower] = []

    def follow(self, follower: Follower) -> None:
        """Tell `follower` of changes."""
        self._followers.append(follower)

    def set(self, cycles_per_tick: Fraction | int) -> None:
        """Change the rate."""
        if cycles_per_tick == self.cycles_per_tick:
            return
        for follower in self._followers:
            follower.settle()
        self.cycles_per_tick = Fraction(cycles_per_tick)
        for follower in self._followers:
            follower.plan()


class ClockControl(ControlRegisters):
    """Reset and clock control: a switch between sources, whose speed the machine is told.

    A subclass says what the sources run at and how buses divide the clock. `timers` are the clocks of timers, in the
    order of the buses that `cycles_per_timer_tick` gives.
    """

    switch: Field
    switched: Field

    def __init__(
        self,
        system: System,
        start: int,
        reset_values: Mapping[int, int],
        *,
        buses: int,
        follows: Iterable[Follow] = (),
        size_bytes: int = 0x400,
        name: str = "RCC",
    ) -> None:
        self.system = system
        self.timers: Sequence[Clock] = [Clock() for _ in range(buses)]
        self._core_hz = 0
        super().__init__(
            name,
            start,
            reset_values,
            follows=follows,
            read_only={self.switched.offset: self.switched.mask},
            size_bytes=size_bytes,
        )

    def source_hz(self, source: int) -> int:
        """Speed of what the switch selects with `source`, 0 while that is not running."""
        raise NotImplementedError

    def core_divider(self) -> int:
        """Cycles of the selected source in one of the core."""
        raise NotImplementedError

    def cycles_per_timer_tick(self) -> Sequence[Fraction | int]:
        """Cycles of the core in one tick of the timers of each bus."""
        raise NotImplementedError

    def reset(self) -> None:
        """Clocks as after power-on. The machine is not told: it stands at the clock of the board until then."""
        super().reset()
        self._core_hz = self._speed()
        self._divide()

    def on_change(self, offset: int) -> None:  # noqa: ARG002
        """Switch when the selected source runs, and tell what changed."""
        wanted = self.switch.get(self.words)
        if self.source_hz(wanted):
            self.switched.put(self.words, wanted)
        speed = self._speed()
        if speed and speed != self._core_hz:
            self._core_hz = speed
            self.system.set_core_clock(speed)
        self._divide()

    def _speed(self) -> int:
        return self.source_hz(self.switched.get(self.words)) // self.core_divider()

    def _divide(self) -> None:
        for clock, cycles in zip(self.timers, self.cycles_per_timer_tick(), strict=True):
            clock.set(cycles)


class FlashControl(ControlRegisters):
    """A flash controller: programming is not modelled, its access control register sets up the timing."""

    def __init__(
        self,
        system: System,
        start: int,
        reset_values: Mapping[int, int],
        *,
        access: int = 0,
        name: str = "FLASH",
        read_only: Mapping[int, int] | None = None,
        follows: Iterable[Follow] = (),
        size_bytes: int = 0x400,
    ) -> None:
        self.system, self._access = system, access
        super().__init__(
            name, start, reset_values, follows=follows, read_only=read_only, size_bytes=size_bytes
        )

    def setup(self, access: int) -> FlashSetup:
        """What a value of the access control register means."""
        raise NotImplementedError

    def on_change(self, offset: int) -> None:
        """Tell the machine of a new set-up."""
        if offset == self._access:
            self.system.set_flash(self.setup(self.words[offset]))
