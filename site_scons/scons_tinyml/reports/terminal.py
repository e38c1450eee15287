"""Printing of a report: with colours and bars on a terminal, in the format `text` everywhere else."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from scons_tinyml.records.firmware_report import FirmwareReport
from scons_tinyml.records.report import Finding, Report
from scons_tinyml.records.terminals import is_pretty
from scons_tinyml.records.wrapping import columns, wrapped
from scons_tinyml.reports.firmware import view_of_judged
from scons_tinyml.reports.formats.text import render
from scons_tinyml.reports.lines import (
    budget_table,
    finding_lines,
    footer_line,
    note_line,
    project_lines,
    remedy_lines,
    title_line,
)
from scons_tinyml.reports.table import rich_table
from scons_tinyml.reports.view import View

if TYPE_CHECKING:
    from rich.text import Text

_INDENT = "  "
_VERDICTS: Mapping[str, str] = {"pass": "bold green", "fail": "bold red"}
_SEVERITIES: Mapping[str, str] = {"error": "bold red", "warning": "bold yellow"}


def print_judged(
    report: Report | FirmwareReport, path: Path, stream: TextIO | None = None, *, errors: bool = True
) -> None:
    """Print `report`, the file `path`, to `stream` (default: stdout); with `errors=False` without its errors."""
    stream = stream or sys.stdout
    view = view_of_judged(report, path, errors=errors)
    if is_pretty(stream, os.environ):
        _print_rich(view, stream)
    else:
        print(render(view, columns(stream)), end="", file=stream)


def _print_rich(view: View, stream: TextIO) -> None:
    from rich.console import Console
    from rich.text import Text

    console, width = Console(file=stream, highlight=False), columns(stream)
    for part in _rich_parts(view, width):
        console.print(part, end="\n\n", soft_wrap=True)
    console.print(Text(wrapped(footer_line(view), width), style="dim"), soft_wrap=True)


def _rich_parts(view: View, width: int) -> Iterator[Text]:
    """Yield the parts of `view` that have empty lines between them."""
    from rich.text import Text

    verdict = view.headline.verdict
    title = Text(wrapped(f"{title_line(view.headline)}  {verdict.upper()}", width), style="bold")
    title.stylize(_VERDICTS[verdict], len(title) - len(verdict))
    lines = (wrapped(line, width, _INDENT) for line in project_lines(view.headline))
    yield Text("\n").join([title, *(Text(line, style="dim") for line in lines)])
    yield rich_table(budget_table(view.budget), width)
    yield Text("\n".join(wrapped(note_line(note), width, _INDENT) for note in view.notes), style="dim")
    yield from (rich_table(section.table, width) for section in view.sections)
    yield from (_rich_finding(finding, width) for finding in view.findings)
    if remedies := remedy_lines(view.remedies):
        yield Text("\n".join(wrapped(line, width) for line in remedies))


def _rich_finding(finding: Finding, width: int) -> Text:
    from rich.text import Text

    first, *rest = finding_lines(finding)
    drawn = Text(wrapped(f"{finding.severity}: {first}", width))
    drawn.stylize(_SEVERITIES[finding.severity], 0, len(finding.severity) + 1)
    return Text("\n").join([drawn, *(Text(wrapped(line, width, _INDENT)) for line in rest)])
