"""Whether the board's clock is what its descriptor says: its counter against the clock of this machine.

A line may come late, by the interval at which an adapter asks or by what this machine did meanwhile, and never early.
So of many readings the promptest of the first third and of the last third are compared, as NTP filters its servers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

TOLERANCE = 0.01
"""A clock further off is not the one that the descriptor says: crystals and trimmed oscillators are within it."""
SPAN_S = 4.0
"""Between the readings: a delay of 16 ms, as USB adapters have, is less than half of the tolerance."""
_PARTS = 3


@dataclass(frozen=True)
class Reading:
    """The board's counter, and when it was heard of."""

    at_s: float
    cycles: int


def measured_hz(readings: Sequence[Reading], wanted_hz: float) -> float | None:
    """The board's clock by `readings`, the oldest first; None when they are too few, or too near each other."""
    if len(readings) < 2 or readings[-1].at_s - readings[0].at_s < SPAN_S:
        return None
    part = max(1, len(readings) // _PARTS)

    def delay_s(reading: Reading) -> float:
        return reading.at_s - reading.cycles / wanted_hz

    first, last = (min(some, key=delay_s) for some in (readings[:part], readings[-part:]))
    return (last.cycles - first.cycles) / (last.at_s - first.at_s)


def is_off(clock_hz: float, wanted_hz: float) -> bool:
    """More than the tolerance."""
    return abs(clock_hz / wanted_hz - 1) > TOLERANCE
