"""Compare the emulator with hardware where both have measured the same.

The ratio is the emulator's cycles for one of the hardware's: 1.05 says 5 % too many. A line 'all' of each core, then
its kernels; n is the number of layers that were measured both ways, with the same compiler, flags and memory.

examples:
  tinyml costs compare
  tinyml costs compare --json
"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from dataclasses import asdict

from scons_tinyml.cli.databases import add_database_option, open_existing
from scons_tinyml.cli.output import add_json_option, print_rows
from scons_tinyml.costs.compare import compare
from scons_tinyml.records.wrapping import print_wrapped
from scons_tinyml.reports.cells import Column, table_of

COLUMNS = (
    *(Column("core"), Column("timing_version"), Column("kernel"), Column("n", "count", spec="d")),
    *(Column(name, "ratio") for name in ("median", "min", "max")),
)


def add_arguments(parser: ArgumentParser) -> None:
    """Arguments of the command."""
    add_json_option(parser)
    add_database_option(parser)


def run(options: Namespace) -> None:
    """Print the ratios."""
    with open_existing(options) as database:
        ratios = [asdict(ratio) for ratio in compare(database.all_rows())]
    if ratios or options.json:
        print_rows(options, ratios, table_of(COLUMNS, ratios))
    else:
        print_wrapped(
            "nothing was measured both in the emulator and on a board; scons measure port= measures on one"
        )
