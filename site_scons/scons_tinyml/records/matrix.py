"""The verdicts of a model on many boards, `build/matrix/<model>.json`, with a JSON Schema of its own."""

from __future__ import annotations

from typing import Final, Literal

from pydantic import Field

from scons_tinyml.records.report import Latency, LimitInForce, RegionUse, Resource, Verdict
from scons_tinyml.records.report_base import ReportRecord

SCHEMA_VERSION: Final = 1


class Tightest(ReportRecord):
    """The resource or region that is nearest to its limit, or most beyond it."""

    name: str = Field(description="flash, RAM, latency, or 'region' and its name")
    share: float = Field(ge=0, description="of the limit: 1 is at it")


class _OfBoard(ReportRecord):
    board: str
    exit_code: int = Field(ge=0, le=255, description="that of a build for this board alone")
    reasons: tuple[str, ...] = Field(description="what is over a limit, or why there is no verdict")


class BoardJudged(_OfBoard):
    """A board with a report."""

    verdict: Verdict
    part: str
    core: str
    clock_hz: int = Field(gt=0)
    cycles: int = Field(gt=0)
    latency_s: Latency
    flash_bytes: int = Field(ge=0)
    ram_bytes: int = Field(ge=0)
    limits: dict[Resource, LimitInForce]
    regions: tuple[RegionUse, ...]
    tightest: Tightest
    report: str = Field(description="path of its report.json, from the folder of the project")


class BoardNotJudged(_OfBoard):
    """A board that has no report."""

    verdict: Literal["not judged"] = "not judged"


class Matrix(ReportRecord):
    """Verdicts of one model on all boards, as `scons matrix` writes them."""

    schema_version: Literal[1] = SCHEMA_VERSION
    model: str
    exit_code: int = Field(ge=0, le=255, description="the gravest of all boards")
    boards: tuple[BoardJudged | BoardNotJudged, ...]
