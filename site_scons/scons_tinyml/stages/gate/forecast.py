"""What an image with other kernels would come to: figures of the plan, corrected by what this image really took."""

from __future__ import annotations

from dataclasses import dataclass

from scons_tinyml.records.board import Board
from scons_tinyml.records.report import Report
from scons_tinyml.stages.plan.choose import PLANNED, Margins, with_margins
from scons_tinyml.stages.plan.footprint import Footprint
from scons_tinyml.stages.plan.problem import Figures, Spending
from scons_tinyml.stages.plan.room import spending


@dataclass(frozen=True)
class Forecast:
    """How far this image was from the figures of its plan, and what another one may spend.

    `flash_off_bytes` and `cycles_factor` are what linking and running came to beside the plan's figures, and
    `stack_bytes` how deep the stack went: another choice of kernels is expected to differ as much.
    """

    flash_off_bytes: int
    stack_bytes: int
    cycles_factor: float
    seconds_per_cycle: float
    """At the slow end of the error band."""
    limits: Spending
    """For figures of the plan: within them, an image as far from its plan as this one keeps its limits."""
    sure: Spending
    """For figures of the plan: within them, it does so with all the room that the plan leaves, or this one took."""

    def flash_bytes(self, figures: Figures) -> int:
        """The whole image."""
        return figures.flash_bytes + self.flash_off_bytes

    def ram_bytes(self, figures: Figures) -> int:
        """Data, bss, arena and stack."""
        return figures.ram_bytes + self.stack_bytes

    def latency_s(self, figures: Figures) -> float:
        """One inference, slow end of the band."""
        return figures.cycles * self.cycles_factor * self.seconds_per_cycle


def forecast(report: Report, board: Board, footprint: Footprint, planned: Figures) -> Forecast:
    """What `report` teaches about images of the same network on the same `board`, whose plan came to `planned`."""
    factor = report.cycles / planned.cycles if planned.cycles else 1.0
    flash_off = report.flash_bytes - planned.flash_bytes
    stack = report.ram_bytes - planned.ram_bytes
    seconds = report.latency_s.high / report.cycles
    limits: dict[str, float] = {name: limit.value for name, limit in report.limits.items()}
    budgets = spending(board, limits, footprint.ram(footprint.kernels), 1 / seconds)
    seen = Margins(
        max(PLANNED.cycles, 1 - 1 / factor),
        max(PLANNED.flash_bytes, flash_off),
        max(PLANNED.stack_bytes, stack),
    )
    return Forecast(
        flash_off_bytes=flash_off,
        stack_bytes=stack,
        cycles_factor=factor,
        seconds_per_cycle=seconds,
        limits=with_margins(budgets, Margins(1 - 1 / factor, flash_off, stack)),
        sure=with_margins(budgets, seen),
    )
