"""Assignments of kernels that no other one beats in flash, RAM and latency at once: `frontier.json`."""

from __future__ import annotations

from typing import Final, Literal

from pydantic import Field

from scons_tinyml.records.report_base import ReportRecord

SCHEMA_VERSION: Final = 1


class FrontierPoint(ReportRecord):
    """One assignment with its cost."""

    cycles: int = Field(ge=0)
    slow_cycles: int = Field(ge=0, description="at the slow end of the error band of each kernel")
    flash_bytes: int = Field(ge=0)
    ram_bytes: int = Field(ge=0, description="data, bss and arena; the stack comes on top")
    arena_bytes: int = Field(ge=0)
    added_bytes: int = Field(ge=0, description="data and bss of the kernels, and of weights in RAM")
    latency_s: float = Field(ge=0)
    within_budgets: bool
    kernels: dict[int, str] = Field(description="kernel by layer")
    layers_in_patches: tuple[str, ...] = Field(
        default=(), description="layers that run patch by patch; each patch of one is a layer in `kernels`"
    )


class Frontier(ReportRecord):
    """Points of one network on one board, the fastest first."""

    schema_version: Literal[1] = SCHEMA_VERSION
    target: str
    model: str
    clock_hz: int = Field(gt=0)
    cut: bool = Field(description="true: there are more points")
    points: tuple[FrontierPoint, ...]
