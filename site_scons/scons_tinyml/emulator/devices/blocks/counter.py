"""Common part of all timers: they count a clock between accesses, and have events at certain counts."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from fractions import Fraction

from scons_tinyml.emulator.devices.blocks.clock import Clock
from scons_tinyml.emulator.devices.bus import Registers, System


class Counter(Registers):
    """Counter that is brought up to date on access, and wakes up for events that want an interrupt.

    A subclass defines when it runs, the counts until its events (by number), and their effects. Numbers
    of events are bits of the masks `wanted` and of `happen`.
    """

    def __init__(
        self, system: System, name: str, start: int, clock: Clock, reset_values: dict[int, int] | None = None
    ) -> None:
        self.system, self.clock = system, clock
        self.count, self._since, self._plans = 0, Fraction(0), 0
        super().__init__(name, start, reset_values)
        clock.follow(self)

    def reset(self) -> None:
        """Stop the counter at 0."""
        super().reset()
        self.count, self._since = 0, Fraction(0)
        self._plans += 1

    @property
    @abstractmethod
    def running(self) -> bool:
        """True while it counts."""

    @property
    @abstractmethod
    def prescaler(self) -> int:
        """Ticks of the clock in one count."""

    @property
    @abstractmethod
    def wanted(self) -> int:
        """Mask of events to wake up for."""

    @abstractmethod
    def distances(self) -> Mapping[int, int]:
        """Return the counts until each event comes, 1 at least."""

    def longest_step(self) -> int | None:
        """Return the counts after which the counter may count differently, None if it does not change."""
        return None

    @abstractmethod
    def advance(self, counts: int) -> None:
        """Change the count by `counts`."""

    @abstractmethod
    def happen(self, events: int) -> None:
        """Apply the effects of `events`: flags, interrupts."""

    def count_from(self, count: int) -> None:
        """Count on from `count`, starting now."""
        self.count, self._since = count, Fraction(self.system.now())

    def settle(self) -> None:
        """Count up to now, and apply the events in between."""
        while self.running:
            each = self.clock.cycles_per_tick * self.prescaler
            counts = int((self.system.now() - self._since) // each)
            if counts <= 0:
                return
            counts = min(counts, self.longest_step() or counts)
            happened = sum(1 << event for event, distance in self.distances().items() if distance <= counts)
            self._since += counts * each
            self.advance(counts)
            self.happen(happened)

    def plan(self) -> None:
        """Plan to wake up for the next event that is wanted."""
        self._plans += 1
        wanted = self.wanted
        distances = [distance for event, distance in self.distances().items() if wanted >> event & 1]
        if self.running and distances:
            plan = self._plans
            cycles = min(distances) * self.clock.cycles_per_tick * self.prescaler
            self.system.at(-int(-(self._since + cycles) // 1), lambda: self._arrive(plan))

    def _arrive(self, plan: int) -> None:
        if plan == self._plans:
            self.settle()
            self.plan()
