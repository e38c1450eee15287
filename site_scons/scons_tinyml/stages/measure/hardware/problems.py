"""What makes all that a board says worthless: each a sentence that says what was found and what would work."""

from __future__ import annotations

from scons_tinyml.records.errors import EnvironmentProblem


class BoardProblem(EnvironmentProblem):
    """What is connected is not the board with the image that is wanted, or nothing it measures can be believed."""


class NothingHeard(BoardProblem):
    """Nothing came, or nothing that can be read."""


class OtherFirmware(BoardProblem):
    """Another program, another version of it, another image or another board."""


class CounterStopped(BoardProblem):
    """The counter of cycles stands still."""


class ClockOff(BoardProblem):
    """The clock is not what the descriptor says."""


def counter_stopped(cycles: int, seconds: float) -> CounterStopped:
    """The counter said the same for some seconds."""
    return CounterStopped(
        f"the board's counter of cycles stands still: {cycles:,} for {seconds:.1f} s; no row is taken",
        hint="a debugger that is connected may hold the counter (DWT) or the core: disconnect it and reset the board",
    )


def clock_off(clock_hz: float, wanted_hz: float) -> ClockOff:
    """The clock was measured as something else."""
    return ClockOff(
        f"the board's clock is {clock_hz / 1e6:.2f} MHz and not {wanted_hz / 1e6:.2f} MHz as its descriptor says "
        f"({clock_hz / wanted_hz - 1:+.1%}, more than 1 % is too far); no row is taken",
        hint="likely causes: an oscillator other than the one that the start-up code expects (crystal fitted or not, "
        "another one, an internal one at its limits), or `clock` in the board file",
    )
