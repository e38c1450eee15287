"""Compare the board's clock with its descriptor: its cycle counter against the clock of this machine.

A line may arrive late, due to polling by the adapter or delays on this machine, but never early. So the least
delayed reading of the first third is compared with that of the last third, as NTP filters its servers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

TOLERANCE = 0.01
"""Largest relative deviation from the descriptor; crystals and trimmed oscillators are within it."""
SPAN_S = 4.0
"""Least time between readings: a delay of 16 ms, as in USB adapters, is less than half of the tolerance."""
_PARTS = 3


@dataclass(frozen=True)
class Reading:
    """The board's counter and the time of its arrival."""

    at_s: float
    cycles: int


def measured_hz(readings: Sequence[Reading], wanted_hz: float) -> float | None:
    """Return the board's clock by `readings`, oldest first; None when they are too few or too close."""
    if len(readings) < 2 or readings[-1].at_s - readings[0].at_s < SPAN_S:
        return None
    part = max(1, len(readings) // _PARTS)

    def delay_s(reading: Reading) -> float:
        return reading.at_s - reading.cycles / wanted_hz

    first, last = (min(some, key=delay_s) for some in (readings[:part], readings[-part:]))
    return (last.cycles - first.cycles) / (last.at_s - first.at_s)


def is_off(clock_hz: float, wanted_hz: float) -> bool:
    """Return True when the deviation exceeds TOLERANCE."""
    return abs(clock_hz / wanted_hz - 1) > TOLERANCE
