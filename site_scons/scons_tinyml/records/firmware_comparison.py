"""Comparison of two reports of one firmware, `comparison.json` of a firmware, with a JSON Schema of its own.

A change is the new figure less the old one, in the unit of the figure.
"""

from __future__ import annotations

from typing import Final, Literal

from pydantic import Field

from scons_tinyml.records.comparison import FigureChange, LayerChange, Side, State, SymbolChange, Unlike
from scons_tinyml.records.errors import EXIT_BUDGET, EXIT_PASS
from scons_tinyml.records.report import Verdict
from scons_tinyml.records.report_base import ReportRecord

SCHEMA_VERSION: Final = 1


class PartChange(ReportRecord):
    """A part of the image with other sizes, or in one of the images alone."""

    name: str = Field(description="a network, 'kernels', or 'rest'")
    state: State
    old_flash_bytes: int
    new_flash_bytes: int
    old_ram_bytes: int
    new_ram_bytes: int


class NetworkChange(ReportRecord):
    """A network of the firmware."""

    name: str
    state: State | Literal["same"]
    unlike: tuple[Unlike, ...] = Field(
        description="other than its weights; empty for one that is new or gone"
    )
    times_compare: bool
    figures: tuple[FigureChange, ...] = Field(description="latency, cycles, metrics; empty for new or gone")
    layers: tuple[LayerChange, ...] = Field(description="those that changed, those that changed most first")


class FirmwareComparison(ReportRecord):
    """Changes between two reports of a firmware. The verdict is 'fail' if a tolerance is exceeded."""

    schema_version: Literal[1] = SCHEMA_VERSION
    firmware: str
    target: str
    verdict: Verdict
    old: Side
    new: Side
    unlike: tuple[Unlike, ...] = Field(description="of the image")
    figures: tuple[FigureChange, ...] = Field(description="flash and RAM of the image, or of the library")
    parts: tuple[PartChange, ...] = Field(description="those that changed")
    networks: tuple[NetworkChange, ...]
    symbols: tuple[SymbolChange, ...] = Field(description="those that changed, those that changed most first")

    @property
    def model(self) -> str:
        """Name of the firmware in messages."""
        return self.firmware

    @property
    def all_figures(self) -> tuple[FigureChange, ...]:
        """Figures of the image, and of each network."""
        return (*self.figures, *(figure for one in self.networks for figure in one.figures))

    @property
    def exit_code(self) -> int:
        """Exit code of a command that ends with this comparison."""
        return EXIT_BUDGET if self.verdict == "fail" else EXIT_PASS
