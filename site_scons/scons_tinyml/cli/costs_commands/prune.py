"""Delete rows and proofs that no build uses any more.

What is stale is what 'tinyml costs stale' lists; what cannot be judged stays. What is deleted is printed, and nothing
is asked: --dry-run prints the same and deletes nothing. A database that several projects or machines share has rows
that only another one of them calls current; choose by --because what may go. With --pack the rows go that came with one
pack or one file of seeds, or that one key has signed, stale or not.

examples:
  tinyml costs prune --dry-run
  tinyml costs prune
  tinyml costs prune --because kernel --because sources
  tinyml costs prune --pack team
"""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Mapping
from typing import Any

from scons_tinyml.cli import today
from scons_tinyml.cli.costs_commands.stale import reason_rows, reason_table
from scons_tinyml.cli.databases import open_existing
from scons_tinyml.cli.output import add_json_option
from scons_tinyml.costs.database import CostDatabase
from scons_tinyml.costs.stale import digests
from scons_tinyml.records.errors import InputError
from scons_tinyml.records.suggest import did_you_mean
from scons_tinyml.records.wrapping import columns, print_wrapped
from scons_tinyml.reports.table import text_table


def add_arguments(parser: ArgumentParser) -> None:
    """Arguments of the command."""
    parser.add_argument(
        "--dry-run", action="store_true", help="print what would be deleted, and delete nothing"
    )
    parser.add_argument(
        "--pack",
        metavar="NAME",
        help="rows of this pack: its name, sha256:DIGEST, or ed25519:KEY of its signer",
    )
    add_json_option(parser)
    today.add_arguments(parser)


def run(options: Namespace) -> None:
    """Print and delete the stale rows, or those of a pack. Raises TinymlError."""
    with open_existing(options) as database:
        if options.pack is not None:
            _prune_pack(options, database)
            return
        stale, _ = today.judged(options, database)
        reasons = reason_rows(stale)
        content = {
            **today.rows_and_proofs(stale),
            "reasons": reasons,
            "deleted": not options.dry_run,
        }
        if stale and not options.json:
            print(f"{text_table(reason_table(reasons), columns(sys.stdout))}\n")
        if not options.dry_run:
            for group in stale:
                database.delete(digests(database, group))
    _say(options, content, f"{content['rows']:,} rows and {content['proofs']:,} proofs")


def _prune_pack(options: Namespace, database: CostDatabase) -> None:
    """Print and delete the rows of one pack. Raises InputError when there are none."""
    sql = (
        "select digest from costs where pack_name = ? "
        "or pack_digest <> '' and 'sha256:' || pack_digest = ? or signer = ?"
    )
    found = [record["digest"] for record in database.query(sql, [options.pack] * 3)] if options.pack else []
    if not found:
        names = database.query("select distinct pack_name from costs where pack_name <> ''")
        raise InputError(
            f"no row came with '{options.pack}'; "
            + did_you_mean(options.pack, sorted(record["pack_name"] for record in names)),
            where=database.path,
            key="--pack",
        )
    if not options.dry_run:
        database.delete(found)
    content = {"rows": len(found), "pack": options.pack, "deleted": not options.dry_run}
    _say(options, content, f"{len(found):,} rows of {options.pack}")


def _say(options: Namespace, content: Mapping[str, Any], counted: str) -> None:
    what = "would be deleted" if options.dry_run else "are deleted"
    if options.json:
        print(json.dumps(content, indent=2))
    else:
        print_wrapped(f"{counted} {what}")
