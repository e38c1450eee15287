"""List what was measured, the newest first.

A row is one kernel on one shape of layer, on one core with one memory system; the board is the one that it was measured
for, and others with the same memory system use it as well. With --json the whole rows are printed.

examples:
  tinyml costs list
  tinyml costs list --core cortex-m4f --kernel cmsis_nn/conv_2d_int8
  tinyml costs list --board stm32l4 --operator CONV_2D --limit 500 --json
"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from typing import Any

from scons_tinyml.cli.databases import add_database_option, open_existing
from scons_tinyml.cli.output import add_json_option, print_rows
from scons_tinyml.costs.database import CostDatabase
from scons_tinyml.costs.rows import CostRow
from scons_tinyml.records.errors import InputError
from scons_tinyml.records.suggest import did_you_mean

FILTERS = {"core": "core, such as cortex-m4f", "kernel": "kernel, such as cmsis_nn/add_int8"} | {
    "board": "board that it was measured for",
    "operator": "operator, such as CONV_2D",
}
DIGEST_DIGITS = 12
"""Enough to tell rows apart, and few enough to read."""


def add_arguments(parser: ArgumentParser) -> None:
    """Arguments of the command."""
    for name, text in FILTERS.items():
        parser.add_argument(f"--{name}", metavar="NAME", help=f"only rows of this {text}")
    parser.add_argument("--limit", type=int, default=20, metavar="N", help="most rows (default: %(default)s)")
    add_json_option(parser)
    add_database_option(parser)


def run(options: Namespace) -> None:
    """Print the rows. Raises InputError for a name that no row has."""
    if options.limit < 1:
        raise InputError(f"{options.limit} is less than 1", where="command line", key="--limit")
    wanted = {name: value for name in FILTERS if (value := getattr(options, name)) is not None}
    with open_existing(options) as database:
        _check_names(database, wanted)
        where = " and ".join(f"{name} = ?" for name in wanted) or "true"
        values = [*wanted.values()]
        (found,) = database.query(f"select count(*) as rows from costs where {where}", values)
        records = database.query(
            f"select * from costs where {where} order by measured_at desc, digest limit ?",
            [*values, options.limit],
        )
    shown = [(_exact if options.json else _readable)(CostRow.from_record(record)) for record in records]
    print_rows(options, shown)
    if found["rows"] > len(records) and not options.json:
        print(f"\n{len(records)} of {found['rows']:,} rows; --limit shows more")


def _check_names(database: CostDatabase, wanted: dict[str, str]) -> None:
    for name, value in wanted.items():
        if not database.query(f"select 1 from costs where {name} = ? limit 1", [value]):
            known = (found[name] for found in database.query(f"select distinct {name} from costs"))
            raise InputError(
                f"no row has the {name} '{value}'; {did_you_mean(value, filter(None, known))}",
                where=database.path,
                key=f"--{name}",
            )


def _exact(row: CostRow) -> dict[str, Any]:
    record = row.to_record()
    return record | {"attributes": dict(row.key.attributes)}


def _readable(row: CostRow) -> dict[str, Any]:
    return {
        "row": row.key.digest[:DIGEST_DIGITS],
        "operator": row.key.operator,
        "kernel": row.key.kernel,
        "core": row.key.core,
        "board": row.board or None,
        "evidence": row.key.evidence,
        "timing": row.key.timing_version,
        "cycles": row.cycles,
        "measured": row.measured_at[:10],
        "origin": row.origin,
    }
