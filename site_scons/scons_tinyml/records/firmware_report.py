"""The report of a firmware with several networks, or with sources of its users: sizes once, the rest by network."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from scons_tinyml.records.errors import EXIT_BUDGET, EXIT_FAULT, EXIT_INPUT, EXIT_INTERNAL, EXIT_PASS
from scons_tinyml.records.report import (
    SCHEMA_VERSION,
    Finding,
    FlashUse,
    LimitInForce,
    Provenance,
    RamUse,
    RegionUse,
    Report,
    Resource,
    Verdict,
    errors,
    verdict,
)
from scons_tinyml.records.report_base import ReportRecord


class PartUse(ReportRecord):
    """Bytes of a network, of kernels, or of the sources of users with libraries and gaps."""

    flash_bytes: int
    ram_bytes: int


class FirmwareSymbol(ReportRecord):
    """A function or object of the image, with the part that it belongs to."""

    name: str
    part: str = Field(description="a key of `parts`")
    flash_bytes: int = Field(gt=0)


class NetworkReport(ReportRecord):
    """A network of the firmware. Sizes in `report` are those of the whole image."""

    name: str
    measured: str = Field(description="what the cycles are of: a function, or two symbols")
    interrupt_cycles: int = Field(ge=0, description="handlers in between, which the latency counts too")
    report: Report = Field(description="its latency, accuracy and layers, under its own limits")


class FirmwareReport(ReportRecord):
    """Figures, findings and verdict of a firmware on one board."""

    schema_version: Literal[1] = SCHEMA_VERSION
    firmware: str
    target: str
    part: str
    core: str
    clock_hz: int = Field(gt=0)
    arena: Literal["own", "shared"] = Field(
        description="arenas of their own, or one that excludes each other"
    )
    scope: Literal["image", "library"] = Field(
        default="image", description="what flash and RAM are: of the image, or what the library adds to one"
    )
    own_sources: bool = Field(description="the image has sources of its users")
    verdict: Verdict
    findings: tuple[Finding, ...] = Field(description="of the whole image, then of each network by its name")
    limits: dict[Resource, LimitInForce] = Field(description="of flash and RAM")
    flash_bytes: int = Field(ge=0, description="the whole image, or what the library adds")
    ram_bytes: int = Field(
        ge=0, description="data, bss, arenas, and the stack: the worst, or what is reserved"
    )
    flash: FlashUse
    ram: RamUse
    stack_is_known: bool = Field(description="false: its place is not, and RAM counts what is reserved alone")
    regions: tuple[RegionUse, ...]
    parts: dict[str, PartUse]
    symbols: tuple[FirmwareSymbol, ...] = Field(
        default=(),
        description="the largest functions and objects; what they lack of the whole is small or a gap",
    )
    networks: tuple[NetworkReport, ...] = Field(min_length=1)
    provenance: Provenance

    @model_validator(mode="after")
    def _verdict_is_that_of_the_findings(self) -> FirmwareReport:
        if self.verdict != verdict(self.findings):
            raise ValueError(f"the verdict is {self.verdict!r}, the findings say {verdict(self.findings)!r}")
        return self

    @property
    def model(self) -> str:
        """Name of the firmware in messages."""
        return self.firmware

    @property
    def remedies(self) -> None:
        """None: other kernels and boards are not searched."""
        return

    @property
    def exit_code(self) -> int:
        """Exit code of a build that ends with this report.

        Another output than the oracle's is a bug of ours without sources of users, and a fault of the firmware with.
        """
        kinds = {finding.kind for finding in errors(self.findings)}
        if "bit_exactness" in kinds:
            return EXIT_FAULT if self.own_sources else EXIT_INTERNAL
        if "evidence" in kinds:
            return EXIT_INPUT
        return EXIT_BUDGET if kinds else EXIT_PASS
