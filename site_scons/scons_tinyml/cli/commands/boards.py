"""List the boards that a build can be made for.

Boards of the project come first and replace shipped ones of the same name.

timing 'compared': cycles were compared with published times of this chip (--json
says which); 'core': they rest on the model of its core, as compared on other chips.

examples:
  tinyml boards
  tinyml boards --json --project ../other
"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from typing import Any

from scons_tinyml.cli.output import add_json_option, add_project_option, print_rows
from scons_tinyml.records.board import Board, read_board
from scons_tinyml.reports.cells import Cell, Column, Table
from scons_tinyml.resources import find_all

COLUMNS = (
    Column("board"),
    Column("part"),
    Column("core"),
    Column("clock", "hertz", align="left"),
    Column("flash", "bytes", align="left"),
    Column("RAM", "bytes", align="left"),
    Column("timing"),
)


def add_arguments(parser: ArgumentParser) -> None:
    """Arguments of the command."""
    add_json_option(parser)
    add_project_option(parser)


def run(options: Namespace) -> None:
    """Print name, part, core, clock, memory of every board, and what its timing rests on."""
    found = [read_board(path) for path in find_all("boards", options.project).values()]
    table = Table(COLUMNS, tuple(map(_cells, found)), empty="none")
    print_rows(options, list(map(_exact, found)), table)


def _exact(board: Board) -> dict[str, Any]:
    return {
        "name": board.name,
        "part": board.part,
        "core": board.core_name,
        "features": list(board.features),
        "clock_hz": board.clock,
        "flash_bytes": board.flash_capacity_bytes,
        "ram_bytes": board.ram_capacity_bytes,
        "regions": [region.name for region in board.memory],
        "description": board.description,
        "comparison": board.comparison,
    }


def _cells(board: Board) -> tuple[Cell, ...]:
    sizes = board.flash_capacity_bytes, board.ram_capacity_bytes
    timing = "compared" if board.comparison else "core"
    return board.name, board.part, board.core_name, board.clock, *sizes, timing
