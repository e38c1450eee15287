"""List what was measured, the newest first.

A row is one kernel on one shape of layer, on one core with one memory system; the board is the one that it was measured
for, and others with the same memory system use it as well. The placement says what was not where a build has it: code
and weights in flash, activations in the largest RAM. With --json the whole rows are printed.

examples:
  tinyml costs list
  tinyml costs list --core cortex-m4f --kernel cmsis_nn/conv_2d_int8
  tinyml costs list --board stm32l4 --placement "weights in SRAM1"
  tinyml costs list --board stm32l4 --operator CONV_2D --limit 500 --json
"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from typing import Any

from scons_tinyml.cli.databases import add_database_option, open_existing
from scons_tinyml.cli.output import add_json_option, print_rows
from scons_tinyml.cli.placement_names import Names, placement_names
from scons_tinyml.costs.database import CostDatabase
from scons_tinyml.costs.rows import CostRow
from scons_tinyml.records.errors import InputError
from scons_tinyml.records.suggest import did_you_mean
from scons_tinyml.records.wrapping import print_wrapped
from scons_tinyml.reports.cells import Cell, Column, Table

FILTERS = {"core": "core, such as cortex-m4f", "kernel": "kernel, such as cmsis_nn/add_int8"} | {
    "board": "board that it was measured for",
    "operator": "operator, such as CONV_2D",
}
DIGEST_DIGITS = 12
"""Digits of a digest in tables: enough to distinguish rows."""

COLUMNS = (
    *(Column("row"), Column("operator"), Column("kernel"), Column("core"), Column("board", missing="-")),
    *(Column("placement", missing="-"), Column("evidence"), Column("timing")),
    *(Column("cycles", "cycles", spec="d"), Column("measured"), Column("origin")),
)


def add_arguments(parser: ArgumentParser) -> None:
    """Arguments of the command."""
    for name, text in FILTERS.items():
        parser.add_argument(f"--{name}", metavar="NAME", help=f"only rows of this {text}")
    parser.add_argument(
        "--placement",
        metavar="NAME",
        help="only rows of this placement, such as default or 'weights in SRAM1'",
    )
    parser.add_argument("--limit", type=int, default=20, metavar="N", help="most rows (default: %(default)s)")
    add_json_option(parser)
    add_database_option(parser)


def run(options: Namespace) -> None:
    """Print the rows. Raises InputError for a name that no row has."""
    if options.limit < 1:
        raise InputError(f"{options.limit} is less than 1", where="command line", key="--limit")
    wanted = {name: value for name in FILTERS if (value := getattr(options, name)) is not None}
    names = placement_names(options.project)
    with open_existing(options) as database:
        _check_names(database, wanted)
        where = " and ".join(f"{name} = ?" for name in wanted) or "true"
        values = [*wanted.values()]
        if options.placement is not None:
            places = _places(database, names, options.placement)
            where += f" and (board, memory) in (values {','.join(['(?, ?)'] * len(places))})"
            values += [part for place in places for part in place]
        (found,) = database.query(f"select count(*) as rows from costs where {where}", values)
        records = database.query(
            f"select * from costs where {where} order by measured_at desc, digest limit ?",
            [*values, options.limit],
        )
    rows = [(row, names.get((row.board, row.key.memory))) for row in map(CostRow.from_record, records)]
    table = Table(COLUMNS, tuple(_cells(*row) for row in rows), empty="none")
    print_rows(options, [_exact(*row) for row in rows], table)
    if found["rows"] > len(records) and not options.json:
        print()
        print_wrapped(f"{len(records)} of {found['rows']:,} rows; --limit shows more")


def _check_names(database: CostDatabase, wanted: dict[str, str]) -> None:
    for name, value in wanted.items():
        if not database.query(f"select 1 from costs where {name} = ? limit 1", [value]):
            known = (found[name] for found in database.query(f"select distinct {name} from costs"))
            raise InputError(
                f"no row has the {name} '{value}'; {did_you_mean(value, filter(None, known))}",
                where=database.path,
                key=f"--{name}",
            )


def _places(database: CostDatabase, names: Names, name: str) -> list[tuple[str, str]]:
    """Return pairs of a board and the text of its memory in the placement `name`."""
    found = [place for place, known in names.items() if known == name]
    if not found:
        measured = database.query("select distinct board, memory from costs")
        known_here = {names.get((record["board"], record["memory"])) for record in measured}
        raise InputError(
            f"no board has the placement '{name}'; {did_you_mean(name, filter(None, known_here))}",
            where=database.path,
            key="--placement",
        )
    return found


def _exact(row: CostRow, placement: str | None) -> dict[str, Any]:
    record = row.to_record()
    return record | {"attributes": dict(row.key.attributes), "placement": placement}


def _cells(row: CostRow, placement: str | None) -> tuple[Cell, ...]:
    key = row.key
    return (
        *(key.digest[:DIGEST_DIGITS], key.operator, key.kernel, key.core, row.board or None),
        *(placement, key.evidence, key.timing_version),
        *(row.cycles, row.measured_at[:10], row.origin),
    )
