"""A report as text without control characters, for terminals and logs."""

from __future__ import annotations

from collections.abc import Iterator

from scons_tinyml.records.report import Finding
from scons_tinyml.records.wrapping import wrapped
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


def render(view: View, width: int) -> str:
    """Return all parts of `view` in lines of at most `width` columns, separated by empty lines."""
    return "\n\n".join(_parts(view, width)) + "\n"


def _parts(view: View, width: int) -> Iterator[str]:
    title = wrapped(f"{title_line(view.headline)}: {view.headline.verdict.upper()}", width)
    yield "\n".join([title, *(wrapped(line, width, _INDENT) for line in project_lines(view.headline))])
    yield text_table(budget_table(view.budget), width, _INDENT)
    yield "\n".join(wrapped(note_line(note), width, _INDENT) for note in view.notes)
    yield from (text_table(section.table, width, _INDENT) for section in view.sections)
    yield from (_finding(finding, width) for finding in view.findings)
    if remedies := remedy_lines(view.remedies):
        yield "\n".join(wrapped(line, width) for line in remedies)
    yield wrapped(footer_line(view), width)


def _finding(finding: Finding, width: int) -> str:
    first, *rest = finding_lines(finding)
    return "\n".join(
        [wrapped(f"{finding.severity}: {first}", width), *(wrapped(line, width, _INDENT) for line in rest)]
    )
