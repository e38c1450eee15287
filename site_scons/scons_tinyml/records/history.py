"""History of builds: a line of JSON for each in the file that `history=` names, with a JSON Schema of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final, Literal

from pydantic import Field, ValidationError

from scons_tinyml.records.errors import InputError
from scons_tinyml.records.firmware_report import FirmwareReport
from scons_tinyml.records.input_file import read_input
from scons_tinyml.records.input_limits import SHOWN_CHARACTERS
from scons_tinyml.records.json_text import parse_json
from scons_tinyml.records.names import shorten
from scons_tinyml.records.report import Latency, NetworkType, ProjectState, Report, Verdict
from scons_tinyml.records.report_base import ReportRecord

SCHEMA_VERSION: Final = 1
HISTORY_BYTES = 16 * 1024 * 1024
"""Largest history: tens of thousands of builds."""


class HistoryLine(ReportRecord):
    """A build: the figures of its report that are drawn over time."""

    schema_version: Literal[1] = SCHEMA_VERSION
    target: str
    model: str = Field(description="network, or firmware of several")
    quantization: NetworkType | None = Field(description="null for a firmware")
    project: ProjectState | None = None
    verdict: Verdict
    flash_bytes: int = Field(ge=0)
    ram_bytes: int = Field(ge=0)
    cycles: int | None = Field(default=None, gt=0, description="null for a firmware")
    latency_s: Latency | None = Field(default=None, description="null for a firmware")
    metrics: dict[str, float] = Field(default_factory=dict, description="of the deployed network, by name")
    compiler: str
    timing_model: str
    scons_tinyml: str

    @property
    def subject(self) -> tuple[str, str, str | None]:
        """Board, network and type: lines with the same subject are one curve."""
        return self.target, self.model, self.quantization


def history_line(report: Report | FirmwareReport) -> HistoryLine:
    """Return the line of the build with `report`."""
    first = report if isinstance(report, Report) else report.networks[0].report
    is_network = first is report
    deployed = {metric.name: metric.deployed for metric in first.all_metrics} if is_network else {}
    return HistoryLine(
        target=report.target,
        model=report.model,
        quantization=first.quantization if is_network else None,
        project=first.project,
        verdict=report.verdict,
        flash_bytes=report.flash_bytes,
        ram_bytes=report.ram_bytes,
        cycles=first.cycles if is_network else None,
        latency_s=first.latency_s if is_network else None,
        metrics={name: value for name, value in deployed.items() if value is not None},
        compiler=report.provenance.compiler,
        timing_model=report.provenance.timing_model,
        scons_tinyml=report.provenance.scons_tinyml,
    )


def read_history(path: Path) -> tuple[HistoryLine, ...]:
    """Return the lines of the file `path`, the oldest first; none of a file that is not there. Raises InputError."""
    try:
        return tuple(_lines(path, read_input(path, HISTORY_BYTES)))
    except FileNotFoundError:
        return ()
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", where=path) from None


def _lines(path: Path, data: bytes) -> Iterator[HistoryLine]:
    for number, line in enumerate(data.split(b"\n"), 1):
        if not line.strip():
            continue
        try:
            yield HistoryLine.model_validate(parse_json(line))
        except ValidationError as error:
            problem = error.errors()[0]
            key = shorten(".".join(map(str, problem["loc"])), SHOWN_CHARACTERS)
            raise InputError(
                f"is no line of a history: {problem['msg']}", where=f"{path}:{number}", key=key
            ) from None
        except ValueError as error:
            raise InputError(f"is not JSON: {error}", where=f"{path}:{number}") from None
