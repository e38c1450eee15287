"""The clock of a core: oscillator and PLL dividers that give exactly the frequency of the board file."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from math import gcd

MHZ = 1_000_000
AHB_DIVIDERS = (1, 2, 4, 8, 16, 64, 128, 256, 512)
"""HPRE of all STM32, in the order of its values from 8 on; 32 is missing."""
APB_DIVIDERS = (1, 2, 4, 8, 16)


@dataclass(frozen=True)
class Range:
    """Frequencies that a manual allows, both ends included."""

    low_hz: int
    high_hz: int

    def holds(self, hz: Fraction) -> bool:
        """Return whether `hz` is allowed."""
        return self.low_hz <= hz <= self.high_hz


@dataclass(frozen=True)
class Oscillator:
    """Source of a clock, with its name in the manual."""

    name: str
    hz: int


@dataclass(frozen=True)
class Pll:
    """Dividers of a PLL: VCO = source / divider * multiplier, output = VCO / output_divider."""

    divider: int
    multiplier: int
    output_divider: int

    def vco_hz(self, source_hz: int) -> Fraction:
        """Return the frequency of the PLL's internal oscillator."""
        return Fraction(source_hz * self.multiplier, self.divider)

    def output_hz(self, source_hz: int) -> Fraction:
        """Return the frequency of the PLL's output."""
        return self.vco_hz(source_hz) / self.output_divider


@dataclass(frozen=True)
class PllLimits:
    """Limits of a PLL by the manual. Of several solutions the one with the first dividers is taken."""

    dividers: Sequence[int]
    multipliers: Sequence[int]
    output_dividers: Sequence[int]
    input: Range
    """Frequencies after the divider."""
    vco: Range

    def allows(self, pll: Pll, source_hz: int) -> bool:
        """Return whether `pll` is within the limits."""
        return (
            pll.divider in self.dividers
            and pll.multiplier in self.multipliers
            and pll.output_divider in self.output_dividers
            and self.input.holds(Fraction(source_hz, pll.divider))
            and self.vco.holds(pll.vco_hz(source_hz))
        )

    def legal(self, divider: int, source_hz: int) -> Sequence[int]:
        """Return the multipliers that keep the VCO within its limits with `divider`."""
        if not self.input.holds(Fraction(source_hz, divider)):
            return ()
        low, high = -(-self.vco.low_hz * divider // source_hz), self.vco.high_hz * divider // source_hz
        return self.multipliers[bisect_left(self.multipliers, low) : bisect_right(self.multipliers, high)]

    def exact(self, source_hz: int, wanted_hz: int) -> Pll | None:
        """Return the PLL setting whose output is `wanted_hz`, None when there is none."""
        for divider in self.dividers:
            legal = self.legal(divider, source_hz)
            for output_divider in self.output_dividers if legal else ():
                multiplier, rest = divmod(wanted_hz * divider * output_divider, source_hz)
                if rest == 0 and multiplier in legal:
                    return Pll(divider, multiplier, output_divider)
        return None

    def near(self, source_hz: int, wanted_hz: int, highest_hz: int, after: int) -> Iterator[int]:
        """Yield clocks near `wanted_hz`, in whole Hz: PLL outputs up to `highest_hz`, divided by `after`."""
        for divider, output_divider in product(self.dividers, self.output_dividers):
            whole = divider * output_divider * after
            step = whole // gcd(whole, source_hz)
            legal = [
                multiplier
                for multiplier in self.legal(divider, source_hz)
                if multiplier % step == 0 and source_hz * multiplier <= highest_hz * divider * output_divider
            ]
            above = bisect_right(legal, wanted_hz * whole // source_hz)
            for multiplier in legal[max(above - 1, 0) : above + 1]:
                yield source_hz * multiplier // whole


@dataclass(frozen=True)
class FlashSpeed:
    """Speed of a family's flash, at 2.7 V and more and in the fastest range of its regulator."""

    hz_per_read: int
    """Highest core clock without wait states. Each wait state raises the limit by as much."""
    most_wait_states: int
    """Largest value of the register field."""

    def least_wait_states(self, core_hz: int) -> int:
        """Return the least number of wait states for a core clock of `core_hz`."""
        return -(-core_hz // self.hz_per_read) - 1


@dataclass(frozen=True)
class ClockTree:
    """Clock sources and dividers of a chip family."""

    oscillator: Oscillator
    pll: PllLimits | None
    maximum_hz: int
    ahb_dividers: Sequence[int] = (1,)
    """Dividers between the clock switch and the core."""
    buses: Sequence[int] = ()
    """Maximum frequency of each bus behind the core, in Hz."""
    flash: FlashSpeed | None = None
    """Speed of the flash; None where firmware does not set wait states."""


@dataclass(frozen=True)
class ClockPlan:
    """The clock of a core and its settings."""

    core_hz: int
    oscillator: Oscillator
    pll: Pll | None
    """None when the oscillator itself is the source."""
    ahb_divider: int
    bus_dividers: tuple[int, ...]

    def bus_hz(self, bus: int) -> int:
        """Return the frequency of a bus behind the core."""
        return self.core_hz // self.bus_dividers[bus]

    @property
    def source_hz(self) -> int:
        """Frequency after the clock switch."""
        return self.core_hz * self.ahb_divider


def find_plan(tree: ClockTree, wanted_hz: int) -> ClockPlan | None:
    """Return the simplest settings for exactly `wanted_hz`: without divider, without PLL.

    None if there are none.
    """
    if wanted_hz > tree.maximum_hz:
        return None
    for ahb_divider in tree.ahb_dividers:
        source_hz = wanted_hz * ahb_divider
        if source_hz > tree.maximum_hz:
            break
        if source_hz == tree.oscillator.hz:
            return _plan(tree, wanted_hz, None, ahb_divider)
        pll = tree.pll.exact(tree.oscillator.hz, source_hz) if tree.pll else None
        if pll:
            return _plan(tree, wanted_hz, pll, ahb_divider)
    return None


def nearest_hz(tree: ClockTree, wanted_hz: int) -> int:
    """Return the clock of whole Hz nearest to `wanted_hz` that the tree can make."""
    source_hz = tree.oscillator.hz
    found = []
    for divider in tree.ahb_dividers:
        found += [source_hz // divider] if source_hz % divider == 0 else []
        found += tree.pll.near(source_hz, wanted_hz, tree.maximum_hz, divider) if tree.pll else []
    return min(
        (hz for hz in found if hz <= tree.maximum_hz),
        key=lambda hz: (abs(hz - wanted_hz), -hz),
    )


def _plan(tree: ClockTree, core_hz: int, pll: Pll | None, ahb_divider: int) -> ClockPlan:
    dividers = tuple(
        next(divider for divider in APB_DIVIDERS if core_hz <= limit * divider) for limit in tree.buses
    )
    return ClockPlan(core_hz, tree.oscillator, pll, ahb_divider, dividers)
