"""Variants of a model that no other one beats: a table for each board."""

from __future__ import annotations

import sys

from scons_tinyml.records.explored import BoardFront, Explored, Point
from scons_tinyml.records.units import format_hertz
from scons_tinyml.records.variant_names import reference
from scons_tinyml.records.wrapping import columns, wrapped
from scons_tinyml.reports.cells import Cell, Column, Table
from scons_tinyml.reports.table import text_table

ITSELF = "(the model itself)"
COLUMNS = (
    Column("variant"),
    Column("accuracy", "fraction"),
    Column("mean of seeds"),
    Column("latency", "seconds"),
    Column("flash", "bytes"),
    Column("RAM", "bytes"),
    Column("verdict", "verdict"),
    Column("front"),
)


def text(found: Explored) -> str:
    """Return the front of each board as aligned text, with lines that say what was tried."""
    width = columns(sys.stdout)
    parts = [wrapped(lead(found), width)]
    for board in found.boards:
        head = f"{board.board}: {board.part}, {board.core} at {format_hertz(board.clock_hz)}"
        parts += [head, text_table(table(board), width, "  ")]
    parts += [wrapped(line, width) for line in _tail(found)]
    return "\n\n".join(parts)


def table(board: BoardFront) -> Table:
    """Return what was built for a board, the most accurate first."""
    return Table(COLUMNS, tuple(map(_row, board.points)))


def _row(point: Point) -> tuple[Cell, ...]:
    repeats = point.repeats
    mean = f"{repeats.mean:.4f} ± {repeats.spread:.4f}" if repeats else None
    return (
        *(point.variant or ITSELF, point.accuracy, mean, point.latency_s.high),
        *(point.flash_bytes, point.ram_bytes, point.verdict, "front" if point.on_front else ""),
    )


def lead(found: Explored) -> str:
    """Return what was tried, in a line."""
    trained = sum(one.accuracy is not None for one in found.trials)
    dropped = sum(bool(one.dropped) for one in found.trials)
    stopped = sum(bool(one.stopped) for one in found.trials)
    failed = sum(bool(one.problem) for one in found.trials)
    said = [f"{found.model}: {len(found.trials)} of {found.variants} variants tried", f"{trained} trained"]
    said += [f"{dropped} dropped before training"] if dropped else []
    said += [f"{stopped} stopped while training"] if stopped else []
    said += [f"{failed} cannot be made"] if failed else []
    return ", ".join(said)


def winner_line(found: Explored) -> str:
    """Return which variant is the best."""
    if found.winner is None:
        return "no variant that was built passes"
    name = reference(found.model, found.winner)
    return f"winner: {name}, the best in {found.metric} of those that pass on most boards"


def _tail(found: Explored) -> list[str]:
    absent = [
        f"{board.board}: {one.variant}: {one.reason}" for board in found.boards for one in board.not_built
    ]
    return [*absent, winner_line(found)]
