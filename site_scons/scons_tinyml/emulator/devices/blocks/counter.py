"""What all timers do: count a clock between two looks at them, and have events at certain counts."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from fractions import Fraction

from scons_tinyml.emulator.devices.blocks.clock import Clock
from scons_tinyml.emulator.devices.bus import Registers, System


class Counter(Registers):
    """A counter that is brought up to date when somebody looks, and wakes up for events that want an interrupt.

    A subclass says when it runs, in how many counts its events come (by number), and what happens then. Numbers of
    events are bits of the masks `wanted` and `happen` take.
    """

    def __init__(
        self, system: System, name: str, start: int, clock: Clock, reset_values: dict[int, int] | None = None
    ) -> None:
        self.system, self.clock = system, clock
        self.count, self._since, self._plans = 0, Fraction(0), 0
        super().__init__(name, start, reset_values)
        clock.follow(self)

    def reset(self) -> None:
        """Stopped at 0."""
        super().reset()
        self.count, self._since = 0, Fraction(0)
        self._plans += 1

    @property
    @abstractmethod
    def running(self) -> bool:
        """Whether it counts."""

    @property
    @abstractmethod
    def prescaler(self) -> int:
        """Ticks of the clock in one count."""

    @property
    @abstractmethod
    def wanted(self) -> int:
        """Mask of events that want to be woken up for."""

    @abstractmethod
    def distances(self) -> Mapping[int, int]:
        """For each event the counts until it comes, 1 at least."""

    def longest_step(self) -> int | None:
        """Counts after which the counter may count differently; None when it does not change."""
        return None

    @abstractmethod
    def advance(self, counts: int) -> None:
        """Change the count by `counts`."""

    @abstractmethod
    def happen(self, events: int) -> None:
        """Events have come: flags, interrupts."""

    def count_from(self, count: int) -> None:
        """Count from `count` on from now."""
        self.count, self._since = count, Fraction(self.system.now())

    def settle(self) -> None:
        """Count up to now, and have happen what happened meanwhile."""
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
        """Wake up for the next event that is wanted."""
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
