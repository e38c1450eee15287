"""Drawing of tables, as aligned text or with rich on a terminal. All tables are drawn here."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, TextIO

from scons_tinyml.records.names import shorten
from scons_tinyml.records.terminals import is_pretty
from scons_tinyml.records.visible import visible
from scons_tinyml.reports.cells import Cell, Column, Table, shown

if TYPE_CHECKING:
    from rich.table import Table as RichTable
    from rich.text import Text

STYLES: Mapping[str, str] = {"pass": "green", "fail": "bold red", "not judged": "bold yellow"}
"""Styles of verdicts on a terminal."""

_BAR_CELLS = 10


def text_table(table: Table, indent: str = "") -> str:
    """Return `table` as aligned lines, each behind `indent`."""
    rows = _texts(table)
    if not rows and table.empty is not None:
        return f"{indent}{table.empty}"
    lines = [tuple(visible(column.name) for column in table.columns), *rows]
    widths = [max(map(len, cells)) for cells in zip(*lines, strict=True)]
    sides = [column.is_right for column in table.columns]
    return "\n".join(_line(cells, widths, sides, indent) for cells in lines)


def print_table(table: Table, stream: TextIO, indent: str = "  ") -> None:
    """Print `table` to `stream`: with colours and bars if `is_pretty`, otherwise as text."""
    if is_pretty(stream, os.environ):
        from rich.console import Console

        Console(file=stream, highlight=False).print(rich_table(table))
    else:
        print(text_table(table, indent), file=stream)


def rich_table(table: Table) -> RichTable:
    """Return `table` for rich, with a bar before each share and verdicts in colour."""
    from rich import box
    from rich.table import Table as RichTable

    drawn = RichTable(box=box.SIMPLE_HEAD, header_style="bold")
    for column in table.columns:
        drawn.add_column(visible(column.name), justify="right" if column.is_right else "left")
    for row, texts in zip(table.rows, _texts(table), strict=True):
        cells = _filled(row, table.columns)
        drawn.add_row(*map(_rich_cell, cells, texts, table.columns))
    return drawn


def bar(share: float) -> str:
    """Return a bar, which is full at a `share` of 1 or more."""
    filled = max(0, min(_BAR_CELLS, round(share * _BAR_CELLS)))
    return "━" * filled + "╌" * (_BAR_CELLS - filled)


def _rich_cell(cell: Cell, text: str, column: Column) -> Text:
    from rich.text import Text

    if column.kind == "share" and isinstance(cell, (int, float)):
        return Text(f"{bar(cell)} {text:>8}")
    if column.kind == "verdict" and isinstance(cell, str):
        return Text(text, style=STYLES.get(cell, ""))
    return Text(text)


def _texts(table: Table) -> list[tuple[str, ...]]:
    """Return the text of all cells. Names are escaped, so a row is always one line."""
    return [tuple(map(_text, _filled(row, table.columns), table.columns)) for row in table.rows]


def _text(cell: Cell, column: Column) -> str:
    text = visible(shown(cell, column))
    return text if column.longest is None else shorten(text, column.longest)


def _filled(row: Sequence[Cell], columns: Sequence[Column]) -> list[Cell]:
    return [*row, *[""] * (len(columns) - len(row))]


def _line(cells: Sequence[str], widths: Sequence[int], sides: Sequence[bool], indent: str) -> str:
    padded = (
        cell.rjust(width) if right else cell.ljust(width)
        for cell, width, right in zip(cells, widths, sides, strict=True)
    )
    return f"{indent}{'  '.join(padded)}".rstrip()
