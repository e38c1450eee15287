"""Answer to what holds a network back on a chip, with the ways out: `tinyml explain --json`, with a JSON Schema."""

from __future__ import annotations

from typing import Final, Literal

from pydantic import Field

from scons_tinyml.records.report import NetworkType, Share, Unit, Verdict
from scons_tinyml.records.report_base import ReportRecord

SCHEMA_VERSION: Final = 1
Scarce = Literal["flash", "ram", "latency"]
"""A resource that kernels, memory and clock have a part in."""


class HeldBack(ReportRecord):
    """Use of a resource, what it goes into, and how much of its limit that is."""

    resource: Scarce
    used: float = Field(description="what the budget is compared with: of a latency the slow end of its band")
    unit: Unit
    limit: float | None = Field(description="null: only a latency may have none")
    limit_source: str | None
    share: float | None = Field(description="used / limit")
    parts: tuple[Share, ...] = Field(description="what takes most, largest first")
    advice: str | None = Field(description="that of the finding, where it is over its limit")


class HotLayer(ReportRecord):
    """A layer that takes many cycles, and how far its kernel is from the core's own multiplications."""

    index: int = Field(ge=0)
    operator: str
    kernel: str | None
    cycles: int = Field(gt=0)
    percent: float = Field(description="of the cycles of all layers")
    cycles_per_mac: float | None = Field(description="null for a layer without multiply-accumulates")
    multiplying: float | None = Field(
        description="share of its cycles that the core's multiplications take; null where that is not known"
    )
    faster: str | None = Field(description="a kernel that was measured to be faster there, and why not that")


class MemorySystem(ReportRecord):
    """One inference of the image in the emulator, and again with flash and RAM that have no wait states."""

    cycles: int = Field(gt=0)
    cycles_without_waits: int = Field(gt=0)
    text: str = Field(description="where code, weights and activations lie")

    @property
    def waiting(self) -> float:
        """Share of the cycles that the core waits for memory."""
        return 1 - self.cycles_without_waits / self.cycles


class WayOut(ReportRecord):
    """A change with its effect, which was measured or follows from measured rows."""

    way: str = Field(description="kind of the change; equal kinds cost about the same")
    change: str = Field(description="what is changed: 'optimize=flash'")
    command: str = Field(description="what does it")
    flash_bytes: int | None = Field(description="of the image then; null where it is not known")
    ram_bytes: int | None
    latency_s: float | None = Field(description="slow end of the error band")
    keeps_limits: bool | None = Field(description="all limits of sizes and time; null where it is not known")
    evidence: str = Field(description="where the figures are from")


class NotMeasured(ReportRecord):
    """A change of which nothing is known yet, and what measures it."""

    change: str
    command: str


class Explanation(ReportRecord):
    """Answer of `tinyml explain`."""

    schema_version: Literal[1] = SCHEMA_VERSION
    target: str
    part: str
    core: str
    clock_hz: int = Field(gt=0)
    model: str
    quantization: NetworkType
    verdict: Verdict
    errors: tuple[str, ...] = Field(description="messages of the findings that fail the build")
    about: Scarce = Field(description="the resource that is nearest to its limit, or that was asked about")
    why: str = Field(description="one sentence: why this resource")
    held_back: tuple[HeldBack, ...]
    layers: tuple[HotLayer, ...] = Field(description="those that take most cycles, first the slowest")
    multiplying: float | None = Field(description="share of all cycles that multiplications alone take")
    multiply: str | None = Field(description="the instructions that the core multiplies with")
    memory: MemorySystem | None = Field(description="null where the image or its samples are gone")
    ways: tuple[WayOut, ...] = Field(description="the cheapest first")
    not_measured: tuple[NotMeasured, ...]
