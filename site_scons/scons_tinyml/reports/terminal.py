"""Printing of a report: with colours and bars on a terminal, in the format `text` everywhere else."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TextIO

from scons_tinyml.records.firmware_report import FirmwareReport
from scons_tinyml.records.report import Report
from scons_tinyml.reports.firmware import firmware_text
from scons_tinyml.reports.formats.text import render
from scons_tinyml.reports.lines import (
    budget_table,
    finding_lines,
    footer_line,
    note_line,
    remedy_lines,
    title_line,
)
from scons_tinyml.reports.of_report import view_of
from scons_tinyml.reports.table import is_pretty, rich_table
from scons_tinyml.reports.view import View

_VERDICTS: Mapping[str, str] = {"pass": "bold green", "fail": "bold red"}
_SEVERITIES: Mapping[str, str] = {"error": "bold red", "warning": "bold yellow"}


def print_report(report: Report, path: Path, stream: TextIO | None = None, *, errors: bool = True) -> None:
    """Print `report`, the file `path`, to `stream` (default: stdout); with `errors=False` without its errors."""
    stream = stream or sys.stdout
    view = view_of(report, path, errors=errors)
    if is_pretty(stream, os.environ):
        _print_rich(view, stream)
    else:
        print(render(view), end="", file=stream)


def print_judged(
    report: Report | FirmwareReport, path: Path, stream: TextIO | None = None, *, errors: bool = True
) -> None:
    """Print `report`, of one network or of a firmware of several, as `print_report` does."""
    if isinstance(report, Report):
        print_report(report, path, stream, errors=errors)
    else:
        print(firmware_text(report, path, errors=errors), end="", file=stream or sys.stdout)


def _print_rich(view: View, stream: TextIO) -> None:
    from rich.console import Console
    from rich.text import Text

    console, verdict = Console(file=stream, highlight=False), view.headline.verdict
    console.print(
        Text.assemble((title_line(view.headline), "bold"), "  ", (verdict.upper(), _VERDICTS[verdict]))
    )
    console.print(rich_table(budget_table(view.budget)))
    for note in view.notes:
        console.print(Text(f"  {note_line(note)}", style="dim"))
    for section in view.sections:
        console.print(rich_table(section.table))
    for finding in view.findings:
        first, *rest = finding_lines(finding)
        console.print(Text.assemble((f"{finding.severity}: ", _SEVERITIES[finding.severity]), first))
        for line in rest:
            console.print(Text(f"  {line}"))
    for line in remedy_lines(view.remedies):
        console.print(Text(line))
    console.print(Text(footer_line(view), style="dim"))
