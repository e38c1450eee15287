"""List the boards that a build can be made for.

Boards of the project come first and replace shipped ones of the same name.

examples:
  tinyml boards
  tinyml boards --json --project ../other
"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from typing import Any

from scons_tinyml.cli.output import add_json_option, add_project_option, print_rows
from scons_tinyml.records.board import Board, read_board
from scons_tinyml.records.units import format_bytes, format_hertz
from scons_tinyml.resources import find_all


def add_arguments(parser: ArgumentParser) -> None:
    """Arguments of the command."""
    add_json_option(parser)
    add_project_option(parser)


def run(options: Namespace) -> None:
    """Print name, part, core, clock and memory of every board."""
    found = [read_board(path) for path in find_all("boards", options.project).values()]
    print_rows(options, [(_exact if options.json else _readable)(board) for board in found])


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
    }


def _readable(board: Board) -> dict[str, Any]:
    return {
        "board": board.name,
        "part": board.part,
        "core": board.core_name,
        "clock": format_hertz(board.clock),
        "flash": format_bytes(board.flash_capacity_bytes),
        "RAM": format_bytes(board.ram_capacity_bytes),
    }
