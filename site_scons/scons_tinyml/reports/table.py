"""Drawing of tables, as aligned text or with colours on a terminal. All tables are drawn here."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, TextIO

from scons_tinyml.records.terminals import is_pretty
from scons_tinyml.records.wrapping import columns, wrapped
from scons_tinyml.reports.cells import Table
from scons_tinyml.reports.layout import GAP, Layout, Line, lay_out

if TYPE_CHECKING:
    from rich.text import Text

STYLES: Mapping[str, str] = {"pass": "green", "FAIL": "bold red", "not judged": "bold yellow"}
"""Styles of verdicts on a terminal."""


def text_table(table: Table, width: int, indent: str = "") -> str:
    """Return `table` as aligned lines of at most `width` columns, each behind `indent`."""
    if not table.rows and table.empty is not None:
        return f"{indent}{table.empty}"
    found = lay_out(table, width - len(indent))
    lines = [*found.header, *(line for row in found.rows for line in row)]
    return "\n".join([*(f"{indent}{line}".rstrip() for line in lines), *_notes(found, width, indent)])


def print_table(table: Table, stream: TextIO, indent: str = "  ") -> None:
    """Print `table` to `stream`: with colours and bars if `is_pretty`, otherwise as text."""
    if is_pretty(stream, os.environ):
        from rich.console import Console

        console = Console(file=stream, highlight=False)
        console.print(rich_table(table, columns(stream), indent), soft_wrap=True)
    else:
        print(text_table(table, columns(stream), indent), file=stream)


def rich_table(table: Table, width: int, indent: str = "  ") -> Text:
    """Return `table` for rich, with a bar before each share, if there is room, and verdicts in colour."""
    from rich.text import Text

    found = lay_out(table, width - len(indent), bars=True)
    ruled = max(len(str(line)) for row in (found.header, *found.rows) for line in row)
    lines = [Text(f"{indent}{line}", style="bold") for line in found.header]
    lines.append(Text(f"{indent}{'─' * ruled}", style="dim"))
    lines += [_styled(line, table, indent) for row in found.rows for line in row]
    lines += [Text(note, style="dim") for note in _notes(found, width, indent)]
    return Text("\n").join(lines)


def _styled(line: Line, table: Table, indent: str) -> Text:
    from rich.text import Text

    drawn = Text(indent + " " * line.indent)
    for place, (column, text) in enumerate(line.texts):
        is_verdict = table.columns[column].kind == "verdict"
        drawn.append(GAP if place else "")
        drawn.append(text, STYLES.get(text.strip()) if is_verdict else None)
    drawn.rstrip()
    return drawn


def _notes(found: Layout, width: int, indent: str) -> Iterator[str]:
    yield from (wrapped(note, width, indent) for note in found.notes)
