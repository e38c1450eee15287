"""Comparison of two reports of one network on one board, `comparison.json`, with a JSON Schema of its own.

A change is the new figure less the old one, in the unit of the figure.
"""

from __future__ import annotations

from typing import Final, Literal

from pydantic import Field

from scons_tinyml.records.errors import EXIT_BUDGET, EXIT_PASS
from scons_tinyml.records.metric import Better
from scons_tinyml.records.report import NetworkType, ProjectState, Unit, Verdict
from scons_tinyml.records.report_base import ReportRecord

SCHEMA_VERSION: Final = 1

State = Literal["changed", "new", "gone"]


class Side(ReportRecord):
    """One of the two reports."""

    report: str = Field(description="path of its report.json")
    verdict: Verdict = Field(description="under its own budgets")
    project: ProjectState | None = None


class Unlike(ReportRecord):
    """Something other than the network that differs, so that figures change by it too."""

    what: str = Field(description="'compiler', 'timing model', 'evidence' and so on")
    old: str
    new: str


class FigureChange(ReportRecord):
    """A figure of the whole image."""

    name: str = Field(description="flash, ram, latency, cycles, or the name of a metric or of its drop")
    unit: Unit
    better: Better = "lower"
    old: float | None
    new: float | None
    change: float | None = Field(
        description="null where one of the two is unknown, or they cannot be compared"
    )
    tolerance: float | None = Field(default=None, ge=0, description="most by which it may be worse")
    tolerance_source: str | None = Field(default=None, description="where the tolerance was set")
    exceeded: bool = Field(default=False, description="it is worse by more than the tolerance")


class LayerChange(ReportRecord):
    """A layer with another kernel, other cycles or other sizes, or in one of the reports alone."""

    name: str
    operator: str
    state: State
    old_index: int | None = Field(default=None, ge=0)
    new_index: int | None = Field(default=None, ge=0)
    old_kernel: str | None = None
    new_kernel: str | None = None
    cycles: int | None = Field(description="change; null where the cycles cannot be compared")
    weight_bytes: int = Field(description="change")
    scratch_bytes: int = Field(description="change")


class SymbolChange(ReportRecord):
    """Code of a function that has another size, or is in one of the images alone."""

    name: str
    state: State
    old_bytes: int = Field(ge=0)
    new_bytes: int = Field(ge=0)

    @property
    def change(self) -> int:
        """Change in bytes."""
        return self.new_bytes - self.old_bytes


class Comparison(ReportRecord):
    """Changes between two reports. The verdict is 'fail' if a tolerance is exceeded, whatever their budgets say."""

    schema_version: Literal[1] = SCHEMA_VERSION
    target: str
    model: str
    quantization: NetworkType = Field(description="of the new report")
    verdict: Verdict
    old: Side
    new: Side
    unlike: tuple[Unlike, ...]
    times_compare: bool = Field(description="false: evidence or timing model differ, and cycles with them")
    figures: tuple[FigureChange, ...]
    layers: tuple[LayerChange, ...] = Field(description="those that changed, those that changed most first")
    symbols: tuple[SymbolChange, ...] = Field(description="those that changed, those that changed most first")

    @property
    def exit_code(self) -> int:
        """Exit code of a command that ends with this comparison."""
        return EXIT_BUDGET if self.verdict == "fail" else EXIT_PASS
