"""Arrangement of a table in the columns of a terminal.

A table that is too wide is arranged in this order of preference:

1. A column with one value in all rows becomes a line below the table, if the column allows it.
2. Sentences in the last column are broken between words.
3. Long columns of words go to a second line of each row.
4. Each row takes as many lines as its columns need.

Cells with figures are never broken, and names are shortened only where the column says so.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

from scons_tinyml.records.names import shorten
from scons_tinyml.records.visible import visible
from scons_tinyml.records.wrapping import broken, cells, padded, words
from scons_tinyml.reports.cells import Cell, Column, Table, shown

GAP = "  "
"""Text between two columns."""

_WIDE_STEPS = 2
"""Further lines of a row that are indented by 4 columns each; those behind them by 2."""
_LEAST_PROSE = 28
"""Fewest columns in which sentences are broken beside other columns."""
_NOTHING = ("", "-")
"""Texts of a cell without content."""
_BAR_CELLS = 10
_SHARE_CELLS = 8

Grid = Sequence[Sequence[str]]
"""Texts of the header and of all rows."""


@dataclass(frozen=True)
class Line:
    """Padded texts of a line by the numbers of their columns."""

    indent: int
    texts: tuple[tuple[int, str], ...]

    def __str__(self) -> str:
        return (" " * self.indent + GAP.join(text for _, text in self.texts)).rstrip()


@dataclass(frozen=True)
class Layout:
    """Lines of the header and of each row, and lines below the table."""

    header: tuple[Line, ...]
    rows: tuple[tuple[Line, ...], ...]
    notes: tuple[str, ...]


@dataclass(frozen=True)
class _Band:
    """Columns that share a line of each row."""

    columns: tuple[int, ...]
    indent: int
    widths: tuple[int, ...]

    @property
    def width(self) -> int:
        return self.indent + sum(self.widths) + len(GAP) * (len(self.widths) - 1)


@dataclass(frozen=True)
class _Plan:
    grid: Grid
    bands: tuple[_Band, ...]
    folded: tuple[int, ...] = ()


def lay_out(table: Table, width: int, *, bars: bool = False) -> Layout:
    """Return `table` in lines of at most `width` columns, unless a word is longer.

    Shares get `bars` if no row takes more lines for them.
    """
    grids = [
        _grid(table, whole=whole, bars=with_bars)
        for whole in (True, False)
        for with_bars in ((True, False) if bars else (False,))
    ]
    plans = [_plan(table, grid, width) for grid in grids]
    best = min(plans, key=lambda plan: (_overflows(plan, width), len(plan.bands)))
    header, *rows = best.grid
    return Layout(
        header=tuple(_lines(header, best.bands, table.columns)),
        rows=tuple(tuple(_lines(row, best.bands, table.columns)) for row in rows),
        notes=tuple(_note(table.columns[column], best.grid, column) for column in best.folded),
    )


def bar(share: float) -> str:
    """Return a bar, which is full at a `share` of 1 or more."""
    filled = max(0, min(_BAR_CELLS, round(share * _BAR_CELLS)))
    return "━" * filled + "╌" * (_BAR_CELLS - filled)


def _grid(table: Table, *, whole: bool, bars: bool) -> Grid:
    """Return the texts of all cells. Names are escaped, so a row is always one line."""
    columns = table.columns
    header = [visible(column.name) for column in columns]
    return [
        header,
        *(
            [
                _text(cell, column, whole=whole, bars=bars)
                for cell, column in zip(_filled(row, columns), columns, strict=True)
            ]
            for row in table.rows
        ),
    ]


def _text(cell: Cell, column: Column, *, whole: bool, bars: bool) -> str:
    text = visible(shown(cell, column))
    if bars and column.kind == "share" and isinstance(cell, (int, float)):
        return f"{bar(cell)} {text:>{_SHARE_CELLS}}"
    return text if whole or column.longest is None else shorten(text, column.longest)


def _filled(row: Sequence[Cell], columns: Sequence[Column]) -> list[Cell]:
    return [*row, *[""] * (len(columns) - len(row))]


def _plan(table: Table, grid: Grid, width: int) -> _Plan:
    columns = tuple(range(len(table.columns)))
    folded = tuple(one for one in columns[1:] if _is_common(table.columns[one], grid, one))
    kept = tuple(one for one in columns if one not in folded)
    for shown_columns, below in ((columns, ()), (kept, folded)):
        band = _band(grid, shown_columns, 0)
        if band.width <= width:
            return _Plan(grid, (band,), below)
    prose = _narrowed(table, grid, columns, 0, width)
    bands = (prose,) if prose else _two_bands(table, grid, width) or _bands(table, grid, width)
    return _Plan(grid, bands)


def _is_common(column: Column, grid: Grid, number: int) -> bool:
    values = {row[number] for row in grid[1:]} - {""}
    return column.common is not None and len(values) == 1


def _note(column: Column, grid: Grid, number: int) -> str:
    (value,) = {row[number] for row in grid[1:]} - {""}
    return f"{column.common} {value}"


def _band(grid: Grid, columns: Sequence[int], number: int) -> _Band:
    widths = tuple(max(cells(row[column]) for row in grid) for column in columns)
    return _Band(tuple(columns), 2 * number + min(number, _WIDE_STEPS) * 2, widths)


def _narrowed(table: Table, grid: Grid, columns: Sequence[int], number: int, width: int) -> _Band | None:
    """Return the band of `columns`, with the last one narrower if that makes it fit; None if nothing does.

    A column that is alone in its band is as narrow as its words allow.
    """
    band = _band(grid, columns, number)
    if band.width <= width:
        return band
    *others, last = columns
    room = width - band.width + band.widths[-1]
    if not _is_words(table.columns[last]) or (others and room < _LEAST_PROSE):
        return None
    longest = max(cells(word) for row in grid for word in words(row[last]) or [""])
    if others and longest > room:
        return None
    return _Band(band.columns, band.indent, (*band.widths[:-1], max(room, longest)))


def _two_bands(table: Table, grid: Grid, width: int) -> tuple[_Band, ...]:
    """Return two bands with the fewest columns in the second, those at the right; none if two do not suffice.

    The first column of words stays in the first band, as it says what the row is about.
    """
    _, *movable = [number for number, column in enumerate(table.columns) if _is_words(column)] or [0]
    for count in range(1, len(movable) + 1):
        for moved in sorted(combinations(movable, count), reverse=True):
            kept = [number for number in range(len(table.columns)) if number not in moved]
            first, second = _band(grid, kept, 0), _narrowed(table, grid, moved, 1, width)
            if first.width <= width and second is not None:
                return first, second
    return ()


def _bands(table: Table, grid: Grid, width: int) -> tuple[_Band, ...]:
    """Return bands with all columns in their order. A column that is too wide alone has a band of its own."""
    bands: list[_Band] = []
    for number in range(len(table.columns)):
        wider = _band(grid, (*bands[-1].columns, number), len(bands) - 1) if bands else None
        if wider is not None and wider.width <= width:
            bands[-1] = wider
        else:
            alone = _band(grid, (number,), len(bands))
            bands.append(_narrowed(table, grid, (number,), len(bands), width) or alone)
    return tuple(bands)


def _is_words(column: Column) -> bool:
    return column.kind == "text" and not column.is_right


def _overflows(plan: _Plan, width: int) -> bool:
    return any(band.width > width for band in plan.bands)


def _lines(row: Sequence[str], bands: Sequence[_Band], columns: Sequence[Column]) -> Iterator[Line]:
    """Yield the lines of a row. Further lines that say nothing are left out."""
    for number, band in enumerate(bands):
        texts = [row[column] for column in band.columns]
        if number and all(text in _NOTHING for text in texts):
            continue
        *others, (last, width) = zip(band.columns, band.widths, strict=True)
        first, *rest = broken(row[last], width) if cells(row[last]) > width else [row[last]]
        filled = [
            (column, padded(row[column], cell, right=columns[column].is_right)) for column, cell in others
        ]
        yield Line(band.indent, (*filled, (last, padded(first, width, right=columns[last].is_right))))
        yield from (Line(band.width - width, ((last, text),)) for text in rest)
