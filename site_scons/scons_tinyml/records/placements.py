"""A network in each placement of weights, code and activations: `placements.json`. It has a JSON Schema."""

from __future__ import annotations

from typing import Final, Literal

from pydantic import Field

from scons_tinyml.records.report_base import ReportRecord

SCHEMA_VERSION: Final = 1


class PlacementNeeds(ReportRecord):
    """Flash, and RAM by region, with the bytes that are kept free for the stack."""

    flash_bytes: int = Field(ge=0)
    ram_bytes: dict[str, int]
    misfit: str | None = Field(description="why it does not fit the board")


class MissingRow(ReportRecord):
    """A kernel on a layer that is not measured."""

    layer: int = Field(ge=0)
    kernel: str
    reason: str


class PlacementFigures(ReportRecord):
    """The network in one placement, each layer with the kernel that is fastest there."""

    name: str
    regions: dict[str, str] = Field(description="memory region by use: code, weights, data, arena, stack")
    cycles: int | None = Field(ge=0, description="null unless every layer has a kernel")
    latency_s: float | None = Field(ge=0)
    of_default: float | None = Field(ge=0, description="cycles over those of the default placement")
    needs: PlacementNeeds | None
    kernels: dict[int, str] = Field(description="kernel by layer")
    measured: int = Field(ge=0, description="rows that are there")
    missing: tuple[MissingRow, ...]


class Placements(ReportRecord):
    """All placements of `scons measure`, the default first."""

    schema_version: Literal[1] = SCHEMA_VERSION
    target: str
    model: str
    clock_hz: int = Field(gt=0)
    evidence: Literal["emulator"] = "emulator"
    stack_bytes: int = Field(ge=0)
    measured_now: int = Field(ge=0, description="rows that this call measured")
    placements: tuple[PlacementFigures, ...]
