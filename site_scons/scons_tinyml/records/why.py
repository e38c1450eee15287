"""Reasons for the kernel of a layer, `why.json` of `scons why`. It has a JSON Schema."""

from __future__ import annotations

from typing import Final, Literal

from pydantic import Field

from scons_tinyml.records.report_base import ReportRecord

SCHEMA_VERSION: Final = 1


class WhyPack(ReportRecord):
    """Pack that a row came with; digest and signer are empty where they are not known."""

    name: str
    digest: str
    signer: str


class WhySource(ReportRecord):
    """Row of the cost database that the cycles of a kernel are from."""

    digest: str = Field(description="of its key")
    evidence: str
    measured_at: str
    timing_version: str
    board: str = Field(description="board of the measurement; others may share the row")
    pack: WhyPack | None = Field(description="null for a row that was measured here")
    trusted: bool = Field(description="whoever builds trusts that pack")


class WhyForced(ReportRecord):
    """Change of the image's figures with another kernel on this layer and all other layers as they are."""

    cycles: int
    flash_bytes: int
    ram_bytes: int


class WhyOther(ReportRecord):
    """A kernel of the layer's operator that does not run it."""

    kernel: str
    reason: str
    source: WhySource | None
    forced: WhyForced | None = Field(description="null where it cannot run the layer")


class Why(ReportRecord):
    """Kernel of a layer and its alternatives."""

    schema_version: Literal[1] = SCHEMA_VERSION
    clock_hz: int = Field(gt=0)
    layer: int = Field(ge=0)
    name: str
    operator: str
    kernel: str | None = Field(description="null where the layer's output is its input")
    cycles: int | None = Field(ge=0)
    scratch_bytes: int = Field(ge=0)
    source: WhySource | None
    others: tuple[WhyOther, ...]
    explanation: tuple[str, ...] = Field(description="sentences of the kernel's generator")
