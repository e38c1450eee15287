"""List rows and proofs that no build uses any more, and why.

A row is stale when something that cycles depend on is no longer as it was: the compiler or its libraries, the flags,
the sources of a kernel, the timing model, or the memory system of the boards; a proof also when the oracle is another.
They are compared with the boards and kernels of this project and the compiler of this machine. What cannot be compared
(sources that no build has fetched yet) is said, and is not stale.

examples:
  tinyml costs stale
  tinyml costs stale --because timing --because sources
  tinyml costs stale --limit 1000 --json
"""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser, Namespace
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

from scons_tinyml.cli import today
from scons_tinyml.cli.costs_commands.list_ import DIGEST_DIGITS
from scons_tinyml.cli.databases import open_existing
from scons_tinyml.cli.output import add_json_option
from scons_tinyml.costs.database import CostDatabase
from scons_tinyml.costs.stale import Group, digests
from scons_tinyml.records.errors import InputError
from scons_tinyml.records.wrapping import columns, wrapped
from scons_tinyml.reports.cells import Column, Table, table_of
from scons_tinyml.reports.table import text_table

REASONS = (
    *(Column("cause"), Column("rows", "count", spec="d"), Column("proofs", "count", spec="d")),
    Column("reason"),
)
ROWS = tuple(Column(name, missing="-") for name in ("row", "table", "kernel", "core", "causes"))


def add_arguments(parser: ArgumentParser) -> None:
    """Arguments of the command."""
    parser.add_argument("--limit", type=int, default=20, metavar="N", help="most rows (default: %(default)s)")
    add_json_option(parser)
    today.add_arguments(parser)


def run(options: Namespace) -> None:
    """Print how many rows each reason makes stale, and the rows. Raises TinymlError."""
    if options.limit < 1:
        raise InputError(f"{options.limit} is less than 1", where="command line", key="--limit")
    with open_existing(options) as database:
        stale, unknown = today.judged(options, database)
        listed = list(islice(_rows(database, stale, options.limit), options.limit))
    content = {
        **today.rows_and_proofs(stale),
        "reasons": reason_rows(stale),
        "unknown": [{"what": text, "rows": rows} for text, rows in _unknown(unknown).items()],
        "stale": listed,
    }
    if options.json:
        print(json.dumps(content, indent=2))
    else:
        print("\n".join(_readable(content, columns(sys.stdout))))


def reason_rows(stale: Sequence[Group]) -> list[dict[str, Any]]:
    """Return a line for each reason, with its numbers of rows and proofs. A row may have several reasons."""
    counts: Counter[tuple[str, str, str]] = Counter()
    for group in stale:
        for reason in group.reasons:
            counts[reason.cause, reason.text, group.table] += group.rows
    return [
        {
            "cause": cause,
            "rows": counts[cause, text, "costs"],
            "proofs": counts[cause, text, "proofs"],
            "reason": text,
        }
        for cause, text in sorted({(cause, text) for cause, text, _ in counts})
    ]


def reason_table(rows: Sequence[dict[str, Any]]) -> Table:
    """Return the table of the lines of `reason_rows`."""
    return table_of(REASONS, rows)


def _rows(database: CostDatabase, stale: Sequence[Group], limit: int) -> Iterator[dict[str, Any]]:
    for group in stale:
        for digest in digests(database, group, limit):
            yield {
                "row": digest,
                "table": group.table,
                "kernel": group.circumstances.kernel,
                "core": group.circumstances.core,
                "causes": [reason.cause for reason in group.reasons],
            }


def _unknown(found: Sequence[Group]) -> Counter[str]:
    counts: Counter[str] = Counter()
    for group in found:
        for text in group.unknown:
            counts[text] += group.rows
    return counts


def _readable(content: dict[str, Any], width: int) -> Iterator[str]:
    yield f"{content['rows']:,} stale rows, {content['proofs']:,} stale proofs"
    if content["reasons"]:
        yield f"\n{text_table(reason_table(content['reasons']), width)}\n"
        rows = [row | {"row": row["row"][:DIGEST_DIGITS]} for row in content["stale"]]
        yield text_table(table_of(ROWS, rows), width)
        listed, stale = len(content["stale"]), content["rows"] + content["proofs"]
        if listed < stale:
            yield f"\n{listed:,} of {stale:,}; --limit shows more"
    for item in content["unknown"]:
        yield wrapped(f"not judged: {item['rows']:,} rows and proofs, as {item['what']}", width)
