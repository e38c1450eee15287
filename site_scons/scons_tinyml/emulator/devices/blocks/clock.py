"""Clocks of timers."""

from __future__ import annotations

from fractions import Fraction
from typing import Protocol


class Follower(Protocol):
    """Counter of the ticks of a clock."""

    def settle(self) -> None:
        """Count up to now."""

    def plan(self) -> None:
        """Plan the next event."""


class Clock:
    """Clock in cycles of the core per tick.

    Its followers count at the old rate up to the moment of a change.
    """

    def __init__(self, cycles_per_tick: Fraction | int = 1) -> None:
        self.cycles_per_tick = Fraction(cycles_per_tick)
        self._followers: list[Follower] = []

    def follow(self, follower: Follower) -> None:
        """Notify `follower` of changes."""
        self._followers.append(follower)

    def set(self, cycles_per_tick: Fraction | int) -> None:
        """Change the rate to `cycles_per_tick`."""
        if cycles_per_tick == self.cycles_per_tick:
            return
        for follower in self._followers:
            follower.settle()
        self.cycles_per_tick = Fraction(cycles_per_tick)
        for follower in self._followers:
            follower.plan()
