"""Forecast of images with other kernels: figures of their plan, corrected by the deviation of this image."""

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
    """Corrections of a plan's figures, and limits for them.

    The linked image took `flash_off_bytes` more flash than planned, its run `cycles_factor` times the planned
    cycles, and its stack `stack_bytes`. Images with other kernels are expected to deviate equally.
    """

    flash_off_bytes: int
    stack_bytes: int
    cycles_factor: float
    seconds_per_cycle: float
    """Time of one of the `slow_cycles` of figures."""
    limits: Spending
    """Limits for planned figures: an image within them passes if it deviates from its plan like this one."""
    sure: Spending
    """Tighter limits, with the plan's margins or this image's deviation, whichever is larger."""

    def flash_bytes(self, figures: Figures) -> int:
        """Bytes of flash of the whole image."""
        return figures.flash_bytes + self.flash_off_bytes

    def ram_bytes(self, figures: Figures) -> int:
        """Return the RAM bytes: data, bss, arena and stack."""
        return figures.ram_bytes + self.stack_bytes

    def latency_s(self, figures: Figures) -> float:
        """Return the seconds of one inference at the slow end of the band."""
        return figures.slow_cycles * self.cycles_factor * self.seconds_per_cycle


def forecast(report: Report, board: Board, footprint: Footprint, planned: Figures) -> Forecast:
    """Return the forecast for other images on `board`, from `report` and its image's `planned` figures."""
    factor = report.cycles / planned.cycles if planned.cycles else 1.0
    flash_off = report.flash_bytes - planned.flash_bytes
    stack = report.ram_bytes - planned.ram_bytes
    seconds = report.latency_s.high / (planned.slow_cycles * factor or report.cycles)
    limits: dict[str, float] = {name: limit.value for name, limit in report.limits.items()}
    budgets = spending(board, limits, footprint.ram_bytes, 1 / seconds)
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
