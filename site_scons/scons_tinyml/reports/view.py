"""View of a report: everything that people see of it, as figures and not as text.

All formats draw this view, so none of them has to read a figure out of a sentence.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from scons_tinyml.records.firmware_report import FirmwareReport
from scons_tinyml.records.history import HistoryLine
from scons_tinyml.records.remedies import Remedies
from scons_tinyml.records.report import (
    Finding,
    Latency,
    NetworkType,
    ProjectState,
    Report,
    Resource,
    Unit,
    Verdict,
)
from scons_tinyml.reports.beside import NOTHING, Beside
from scons_tinyml.reports.cells import Table, Value


@dataclass(frozen=True)
class Headline:
    """Network or firmware, board and verdict, the latency with its evidence and band, and the state of the project."""

    model: str
    quantization: NetworkType | None
    """Type of the network; None for a firmware."""
    target: str
    part: str
    core: str
    clock_hz: int
    verdict: Verdict
    latency: Latency | None
    """Latency of the network; None for a firmware, whose networks have theirs in the budget."""
    project: ProjectState | None = None


@dataclass(frozen=True)
class Place:
    """Line of a file that sets a limit."""

    file: str
    """Path from the folder of the SConstruct, or an absolute one."""
    line: int
    """Number of the line, from 1 on."""


@dataclass(frozen=True)
class BudgetRow:
    """Use and limit of one resource, or of something else that makes the verdict 'fail'."""

    resource: Resource | None
    """The resource; None for a region of memory, the output or the agreement of cycles."""
    title: str
    unit: Unit | Literal["count"]
    used: float | None
    """Used amount in `unit`, None if unknown."""
    limit: float | None
    at_least: bool
    """True if the limit is a minimum."""
    share: float | None
    """Used amount divided by the limit."""
    verdict: Verdict | None
    """The verdict, None without a limit."""
    source: str | None
    """Source of the limit: file and key, or command line."""
    place: Place | None = None
    """Line of the source, None where it is no file, or was not looked for."""


Words = tuple[str | Value, ...]
"""Text with figures."""


@dataclass(frozen=True)
class Note:
    """One fact about `subject`."""

    subject: str
    words: Words


@dataclass(frozen=True)
class Section:
    """A table under a title."""

    title: str
    table: Table


@dataclass(frozen=True)
class View:
    """Parts of a report in the order in which people read them."""

    headline: Headline
    budget: tuple[BudgetRow, ...]
    notes: tuple[Note, ...]
    sections: tuple[Section, ...]
    findings: tuple[Finding, ...]
    remedies: Remedies | None
    path: Path
    """The report.json of the view."""
    version: str = ""
    """Version of this program that made the report."""
    report: Report | None = None
    """All figures of it, for pictures; None for a firmware."""
    firmware: FirmwareReport | None = None
    """All figures of a firmware; None for a network."""
    beside: Beside = NOTHING
    """Other files of the build."""
    history: tuple[HistoryLine, ...] = ()
    """Builds of this network on this board, the oldest first; none where no history is kept."""

    @property
    def network(self) -> Report:
        """Report of the network. Raises LookupError for a firmware."""
        if self.report is None:
            raise LookupError("a firmware has no report of one network")
        return self.report

    def place_of(self, finding: Finding) -> Place | None:
        """Return the line that set the limit of `finding`."""
        return next(
            (
                row.place
                for row in self.budget
                if row.source == finding.limit_source and row.resource in (finding.kind, None)
            ),
            None,
        )
