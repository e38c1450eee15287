"""Errors that make all results of a board unusable. Each message describes the problem and a remedy."""

from __future__ import annotations

from scons_tinyml.records.errors import EnvironmentProblem


class BoardProblem(EnvironmentProblem):
    """The connected device is not the wanted board and image, or its measurements cannot be trusted."""


class NothingHeard(BoardProblem):
    """No data arrived, or no readable line."""


class OtherFirmware(BoardProblem):
    """Another firmware, version, image or board."""


class CounterStopped(BoardProblem):
    """The cycle counter stands still."""


class ClockOff(BoardProblem):
    """The clock deviates from the descriptor."""


def counter_stopped(cycles: int, seconds: float) -> CounterStopped:
    """Return the error for a counter that did not change for `seconds`."""
    return CounterStopped(
        f"the board's counter of cycles stands still: {cycles:,} for {seconds:.1f} s; no row is taken",
        hint="a debugger that is connected may hold the counter (DWT) or the core: disconnect it and reset the board",
    )


def clock_off(clock_hz: float, wanted_hz: float) -> ClockOff:
    """Return the error for the measured clock `clock_hz` instead of `wanted_hz`."""
    return ClockOff(
        f"the board's clock is {clock_hz / 1e6:.2f} MHz and not {wanted_hz / 1e6:.2f} MHz as its descriptor says "
        f"({clock_hz / wanted_hz - 1:+.1%}, more than 1 % is too far); no row is taken",
        hint="likely causes: an oscillator other than the one that the start-up code expects (crystal fitted or not, "
        "another one, an internal one at its limits), or `clock` in the board file",
    )
