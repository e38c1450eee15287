"""Drawing a report: with rich on a terminal, as aligned plain text everywhere else."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from scons_tinyml.records.report import Report
from scons_tinyml.reports.content import Content, Table, columns, content

if TYPE_CHECKING:
    from rich.table import Table as RichTable


def print_report(report: Report, path: Path, stream: TextIO | None = None, *, errors: bool = True) -> None:
    """Print `report`, which lies at `path`, to `stream` (stdout); without its errors where these are told apart."""
    stream = stream or sys.stdout
    shown = content(report, path, errors=errors)
    if is_pretty(stream, os.environ):
        _print_rich(shown, stream)
    else:
        print(plain(shown), file=stream)


def print_table(table: Table, stream: TextIO) -> None:
    """Print `table` alone."""
    if is_pretty(stream, os.environ):
        from rich.console import Console

        Console(file=stream, highlight=False).print(_rich_table(table))
    else:
        print(plain_table(table), file=stream)


def is_pretty(stream: TextIO, environment: Mapping[str, str]) -> bool:
    """A person is looking: a terminal that can do more than text, no CI, and no wish for plain text."""
    plain_wanted = any(environment.get(name) for name in ("NO_COLOR", "CI"))
    return stream.isatty() and not plain_wanted and environment.get("TERM") != "dumb"


def plain(shown: Content) -> str:
    """The report as lines of text without any control character."""
    parts = [
        f"{shown.title}: {shown.verdict}",
        plain_table(shown.budget),
        "\n".join(f"  {note}" for note in shown.notes),
        plain_table(shown.layers),
        *(_plain_finding(severity, lines) for severity, lines in shown.findings),
        *(["\n".join(shown.remedies)] if shown.remedies else []),
        shown.footer,
    ]
    return "\n\n".join(parts)


def plain_table(table: Table) -> str:
    """`table` as aligned lines."""
    widths = columns(table)

    def line(row: tuple[str, ...]) -> str:
        cells = (
            cell.rjust(width) if place in table.right else cell.ljust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        return f"  {'  '.join(cells)}".rstrip()

    return "\n".join(line(row) for row in (table.header, *table.rows))


def _plain_finding(severity: str, lines: tuple[str, ...]) -> str:
    first, *rest = lines
    return "\n".join([f"{severity}: {first}", *(f"  {line}" for line in rest)])


_STYLES = {
    "PASS": "bold green",
    "FAIL": "bold red",
    "pass": "green",
    "not judged": "bold yellow",
    "error": "bold red",
    "warning": "bold yellow",
}


def _print_rich(shown: Content, stream: TextIO) -> None:
    from rich.console import Console
    from rich.text import Text

    console = Console(file=stream, highlight=False)
    console.print(Text.assemble((shown.title, "bold"), "  ", (shown.verdict, _STYLES[shown.verdict])))
    console.print(_rich_table(shown.budget))
    for note in shown.notes:
        console.print(Text(f"  {note}", style="dim"))
    console.print(_rich_table(shown.layers))
    for severity, lines in shown.findings:
        console.print(Text.assemble((f"{severity}: ", _STYLES[severity]), lines[0]))
        for line in lines[1:]:
            console.print(Text(f"  {line}"))
    for line in shown.remedies:
        console.print(Text(line))
    console.print(Text(shown.footer, style="dim"))


def _rich_table(table: Table) -> RichTable:
    from rich import box
    from rich.table import Table as RichTable
    from rich.text import Text

    drawn = RichTable(box=box.SIMPLE_HEAD, header_style="bold")
    for place, name in enumerate(table.header):
        drawn.add_column(name, justify="right" if place in table.right else "left")
    for row in table.rows:
        drawn.add_row(*(Text(with_bar(cell), style=_STYLES.get(cell, "")) for cell in row))
    return drawn


def with_bar(cell: str, cells: int = 10) -> str:
    """A percentage with a bar before it that is full at 100 %; any other text as it is."""
    if not cell.endswith(" %"):
        return cell
    filled = max(0, min(cells, round(float(cell.removesuffix(" %")) * cells / 100)))
    return f"{'━' * filled}{'╌' * (cells - filled)} {cell:>8}"
