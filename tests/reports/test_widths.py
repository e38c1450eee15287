"""Every table of the product with the names of all that is shipped, as narrow as 60 columns and as wide as 200."""

from __future__ import annotations

import ast
import importlib
import re
from functools import cache
from pathlib import Path

import pytest

from scons_tinyml.records import cores
from scons_tinyml.records.board import read_board
from scons_tinyml.records.kernel import read_kernel_set
from scons_tinyml.records.placement import placements
from scons_tinyml.records.wrapping import cells
from scons_tinyml.reports.cells import Cell, Column, Range, Table, Value, shown
from scons_tinyml.reports.table import rich_table, text_table
from scons_tinyml.stages.graph.operators import known_operators
from support.project import ROOT

PACKAGE = ROOT / "site_scons" / "scons_tinyml"
WIDTHS = (60, 80, 200)
TABLES = {
    "reports.firmware": ("PARTS",),
    "reports.lines": ("BUDGET",),
    "reports.explored": ("COLUMNS",),
    "reports.comparison": ("FIGURES", "LAYERS", "SYMBOLS"),
    "reports.of_report": ("LAYERS",),
    "reports.matrix": ("COLUMNS",),
    "stages.explain.diagnose": ("LAYERS", "OTHERS"),
    "stages.explain.frontier": ("COLUMNS",),
    "stages.measure.placed_report": ("COLUMNS",),
    "validation.report": ("IMAGES", "CORES"),
    "cli.run_report": ("_COUNTED", "_TIMED", "_FUNCTIONS", "_LINES"),
    "cli.commands.boards": ("COLUMNS",),
    "cli.commands.doctor": ("COLUMNS",),
    "cli.commands.kernels": ("COLUMNS",),
    "cli.commands.models": ("COLUMNS",),
    "cli.commands.operators": ("COLUMNS", "OTHERS"),
    "cli.commands.timing": ("BANDS", "MEMORY"),
    "cli.explore_commands.list_": ("COLUMNS",),
    "cli.costs_commands.compare": ("COLUMNS",),
    "cli.costs_commands.list_": ("COLUMNS",),
    "cli.costs_commands.show": ("PROOFS",),
    "cli.costs_commands.stale": ("REASONS", "ROWS"),
}
"""Columns of all tables, by module."""
FIGURES: dict[str, Cell] = {
    "bytes": Value(1_380_000, "bytes", at_least=True),
    "seconds": Range(98.61, 126.99),
    "hertz": 280_000_000,
    "cycles": 3_533_499_491,
    "count": 418_121_728,
    "share": 1.191,
    "relative": 1.073,
    "ratio": 0.95,
    "fraction": 0.9694,
    "verdict": "not judged",
}
"""A long cell of each kind."""


@cache
def names() -> dict[str, tuple[str, ...]]:
    """Return the names of all that is shipped."""
    boards = [read_board(path) for path in (ROOT / "boards").glob("*.toml")]
    sets = [read_kernel_set(path.parent)[1] for path in (ROOT / "kernels").glob("*/set.toml")]
    return {
        "board": tuple(board.name for board in boards),
        "core": tuple(cores.names()),
        "kernel": tuple(kernel.name for kernels in sets for kernel in kernels),
        "model": tuple(path.parent.name for path in (ROOT / "models").glob("*/model.toml")),
        "operator": tuple(known_operators()),
        "placement": tuple(one.name for board in boards for one in placements(board)),
    }


def filled(columns: tuple[Column, ...]) -> Table:
    """Return a table of `columns` with as many rows as the longest list of names has."""
    known = {
        column.name: names()[column.name.rstrip("s")]
        for column in columns
        if column.name.rstrip("s") in names()
    }

    def cell(column: Column, row: int) -> Cell:
        if column.name in known:
            return known[column.name][row % len(known[column.name])]
        if column.longest is not None:
            return "unidirectional_sequence_lstm_12"
        if column.kind == "text":
            return "models/mobilenet_v1_192/model.toml: budgets" if row % 2 else "command line"
        return FIGURES[column.kind] if column.spec is None else 3_000_000_000

    rows = range(max(map(len, known.values()), default=2))
    return Table(columns, tuple(tuple(cell(column, row) for column in columns) for row in rows))


def tables() -> dict[str, tuple[Column, ...]]:
    return {
        f"{module}.{name}": getattr(importlib.import_module(f"scons_tinyml.{module}"), name)
        for module, found in TABLES.items()
        for name in found
    }


def makes_columns(path: Path) -> bool:
    calls = (node.func for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call))
    return any(isinstance(function, ast.Name) and function.id == "Column" for function in calls)


def test_all_tables_are_here():
    """All but those of pages, which a browser breaks."""
    found = {
        path.relative_to(PACKAGE).with_suffix("")
        for path in PACKAGE.rglob("*.py")
        if PACKAGE / "reports" / "page" not in path.parents and makes_columns(path)
    }
    assert {".".join(path.parts) for path in found} == set(TABLES)


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", tables())
def test_nothing_is_cut_off_or_broken(name, width):
    table = filled(tables()[name])
    wholes = {
        part
        for row in table.rows
        for cell, column in zip(row, table.columns, strict=True)
        for part in ([shown(cell, column)] if column.kind != "text" else shown(cell, column).split(", "))
    }
    wholes -= {whole for whole in wholes if " " in whole and whole[0].islower() and cells(whole) > width // 2}
    for drawn in (text_table(table, width, "  "), rich_table(table, width).plain):
        assert not re.search(r"…|\.\.\.", drawn)
        for whole in wholes:
            assert any(whole in line for line in drawn.split("\n")), whole
        too_long = [line for line in drawn.split("\n") if cells(line) > width and len(line.split()) > 1]
        assert too_long == []
