"""View of a report: everything that a person is shown of it, in figures and not in text.

All formats draw this one, so that none of them reads a figure back out of a sentence.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from scons_tinyml.records.remedies import Remedies
from scons_tinyml.records.report import Finding, Latency, Resource, Unit, Verdict
from scons_tinyml.reports.cells import Table, Value


@dataclass(frozen=True)
class Headline:
    """Network, board and verdict. The latency has the evidence and the band that the verdict rests on."""

    model: str
    quantization: Literal["int8", "float"]
    target: str
    part: str
    core: str
    clock_hz: int
    verdict: Verdict
    latency: Latency


@dataclass(frozen=True)
class BudgetRow:
    """Use of one resource, and its limit if there is one; or of something else that makes the verdict 'fail'."""

    resource: Resource | None
    """None for a region of memory, or the output."""
    title: str
    unit: Unit | Literal["count"]
    used: float | None
    """None where it is not known."""
    limit: float | None
    at_least: bool
    """The limit is a minimum."""
    share: float | None
    """Used part of the limit, 1 at it."""
    verdict: Verdict | None
    """None without a limit."""
    source: str | None
    """File and key, or command line, that set the limit."""


Words = tuple[str | Value, ...]
"""Text with figures in it."""


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
    """The report.json that it was made from."""
