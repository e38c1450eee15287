"""List the explorations of a build folder.

examples:
  tinyml explore list
  tinyml explore list --build out --json
"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from scons_tinyml.cli.explorations import add_build_option, explorations
from scons_tinyml.cli.output import add_json_option, print_rows
from scons_tinyml.records.explored import Explored
from scons_tinyml.records.variant_names import reference
from scons_tinyml.reports.cells import Cell, Column, table_of

COLUMNS = (
    *(Column("model"), Column("boards"), Column("trials", "count"), Column("variants", "count")),
    *(Column("on a front", "count"), Column("winner", missing="none passes")),
)


def add_arguments(parser: ArgumentParser) -> None:
    """Arguments of the command."""
    add_build_option(parser)
    add_json_option(parser)


def run(options: Namespace) -> None:
    """Print the explorations. Raises InputError for a damaged one."""
    rows = [_row(found) for found in explorations(options.build).values()]
    print_rows(options, rows, table_of(COLUMNS, rows))


def _row(found: Explored) -> dict[str, Cell]:
    best = {point.variant for board in found.boards for point in board.points if point.on_front}
    return {
        "model": found.model,
        "boards": [board.board for board in found.boards],
        "trials": len(found.trials),
        "variants": found.variants,
        "on a front": len(best),
        "winner": None if found.winner is None else reference(found.model, found.winner),
    }
