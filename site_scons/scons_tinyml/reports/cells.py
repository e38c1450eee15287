"""Tables of typed cells: figures with their units, independent of the format that draws them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from scons_tinyml.records.units import (
    format_bytes,
    format_hertz,
    format_joules,
    format_number,
    format_seconds,
    format_watts,
)

Kind = Literal[
    "text",
    "bytes",
    "seconds",
    "joules",
    "watts",
    "hertz",
    "cycles",
    "count",
    "share",
    "relative",
    "fraction",
    "number",
    "ratio",
    "verdict",
]
"""Meaning of a figure. Bytes, seconds, joules, watts, hertz and cycles are in that unit; the others are plain numbers.

A "share" is a part of a whole, a "relative" a multiple of a reference; both are 1 at 100 %. A "fraction" is an
accuracy, a "number" another metric.
"""

Align = Literal["left", "right"]
_WORDS: tuple[Kind, ...] = ("text", "verdict")


@dataclass(frozen=True)
class Value:
    """A figure with a kind of its own in place of that of its column."""

    number: float
    kind: Kind
    at_least: bool = False
    """True for a minimum."""
    signed: bool = False
    """True for a change: a figure above 0 has its sign, too."""


@dataclass(frozen=True)
class Range:
    """Two figures of a column's kind, with `word` between them."""

    low: float
    high: float
    word: str = "to"


Cell = str | float | Sequence[str | int] | Value | Range | None
"""Content of a cell: None if it is empty, a sequence for several names or numbers."""


@dataclass(frozen=True)
class Column:
    """Name and kind of a column."""

    name: str
    kind: Kind = "text"
    missing: str = ""
    """Text in place of None."""
    spec: str | None = None
    """Python's format of a number, such as '.2f', in place of the format of the kind."""
    align: Align | None = None
    """Alignment of the cells. By default words are left, figures right."""
    longest: int | None = None
    """Most characters of text in a table that is too wide; the middle of longer names is left out."""
    common: str | None = None
    """Words before the value, where a value that all rows share may be a line below a table that is too wide."""

    @property
    def is_right(self) -> bool:
        """True if the cells are aligned to the right."""
        return (self.align or ("left" if self.kind in _WORDS else "right")) == "right"


@dataclass(frozen=True)
class Table:
    """Columns and rows. A row that ends early has no cells in the last columns."""

    columns: tuple[Column, ...]
    rows: tuple[Sequence[Cell], ...]
    empty: str | None = None
    """Text in place of a table without rows; with None, the header is drawn."""


def table_of(columns: Iterable[Column], records: Iterable[Mapping[str, Cell]]) -> Table:
    """Return the table of `records`, which have a cell for the name of each column; its text without rows is 'none'."""
    named = tuple(columns)
    return Table(
        named, tuple(tuple(record[column.name] for column in named) for record in records), empty="none"
    )


def shown(cell: Cell, column: Column) -> str:
    """Return the text of `cell`, with its unit."""
    if cell is None:
        return column.missing
    if isinstance(cell, Value):
        if cell.signed:
            return change(cell.number, cell.kind)
        return f"{'at least ' if cell.at_least else ''}{figure(cell.number, cell.kind)}"
    if isinstance(cell, Range):
        low, high = (figure(end, column.kind, column.spec) for end in (cell.low, cell.high))
        return f"{low} {cell.word} {high}"
    if isinstance(cell, str):
        return "FAIL" if column.kind == "verdict" and cell == "fail" else cell
    if isinstance(cell, Sequence):
        return ", ".join(map(str, cell)) or column.missing
    return figure(cell, column.kind, column.spec)


def figure(number: float, kind: Kind, spec: str | None = None) -> str:
    """Return the text of `number`, with its unit: '12.3 KiB', '3.21 ms', '1,234', '87.1 %'."""
    return _FORMATS[kind](number) if spec is None else format(number, spec)


def change(number: float, kind: Kind) -> str:
    """Return the text of a change, with its sign and unit: '+1.2 KiB', '-3.21 ms', '0'."""
    sign = "+" if number > 0 else "-" if number < 0 else ""
    return f"{sign}{figure(abs(number), kind)}" if number else "0"


def _percent(number: float) -> str:
    return f"{100 * number:.1f} %"


def _whole(number: float) -> str:
    return f"{round(number):,}"


_FORMATS: Mapping[Kind, Callable[[float], str]] = {
    "text": str,
    "verdict": str,
    "bytes": lambda number: format_bytes(round(number)),
    "seconds": format_seconds,
    "joules": format_joules,
    "watts": format_watts,
    "hertz": format_hertz,
    "cycles": _whole,
    "count": _whole,
    "share": _percent,
    "relative": lambda number: f"{number:.1%}",
    "fraction": lambda number: f"{number:.4f}",
    "number": format_number,
    "ratio": lambda number: f"{number:.3f}",
}
