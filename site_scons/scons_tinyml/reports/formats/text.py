"""A report as text without control characters, for terminals and logs."""

from __future__ import annotations

from collections.abc import Iterator

from scons_tinyml.records.report import Finding
from scons_tinyml.reports.lines import (
    budget_table,
    finding_lines,
    footer_line,
    note_line,
    project_lines,
    remedy_lines,
    title_line,
)
from scons_tinyml.reports.table import text_table
from scons_tinyml.reports.view import View

FILE_NAME = "report.txt"
_INDENT = "  "


def render(view: View) -> str:
    """Return all parts of `view`, separated by empty lines."""
    return "\n\n".join(_parts(view)) + "\n"


def _parts(view: View) -> Iterator[str]:
    title = f"{title_line(view.headline)}: {view.headline.verdict.upper()}"
    yield "\n".join([title, *(f"{_INDENT}{line}" for line in project_lines(view.headline))])
    yield text_table(budget_table(view.budget), _INDENT)
    yield "\n".join(f"{_INDENT}{note_line(note)}" for note in view.notes)
    yield from (text_table(section.table, _INDENT) for section in view.sections)
    yield from map(_finding, view.findings)
    if remedies := remedy_lines(view.remedies):
        yield "\n".join(remedies)
    yield footer_line(view)


def _finding(finding: Finding) -> str:
    first, *rest = finding_lines(finding)
    return "\n".join([f"{finding.severity}: {first}", *(f"{_INDENT}{line}" for line in rest)])
