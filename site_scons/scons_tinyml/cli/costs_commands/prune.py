"""Delete rows and proofs that no build uses any more.

What is stale is what 'tinyml costs stale' lists; what cannot be judged stays. What is deleted is printed, and nothing
is asked: --dry-run prints the same and deletes nothing. A database that several projects or machines share has rows
that only another one of them calls current; choose by --because what may go.

examples:
  tinyml costs prune --dry-run
  tinyml costs prune
  tinyml costs prune --because kernel --because sources
"""

from __future__ import annotations

import json
from argparse import ArgumentParser, Namespace

from scons_tinyml.cli import today
from scons_tinyml.cli.costs_commands.stale import reason_rows, reason_table
from scons_tinyml.cli.databases import open_existing
from scons_tinyml.cli.output import add_json_option
from scons_tinyml.costs.stale import digests
from scons_tinyml.records.visible import visible
from scons_tinyml.reports.table import text_table


def add_arguments(parser: ArgumentParser) -> None:
    """Arguments of the command."""
    parser.add_argument(
        "--dry-run", action="store_true", help="print what would be deleted, and delete nothing"
    )
    add_json_option(parser)
    today.add_arguments(parser)


def run(options: Namespace) -> None:
    """Print and delete the stale rows. Raises TinymlError."""
    with open_existing(options) as database:
        stale, _ = today.judged(options, database)
        reasons = reason_rows(stale)
        content = {
            **today.rows_and_proofs(stale),
            "reasons": reasons,
            "deleted": not options.dry_run,
        }
        if stale and not options.json:
            print(f"{text_table(reason_table(reasons))}\n")
        if not options.dry_run:
            for group in stale:
                database.delete(digests(database, group))
    what = "would be deleted" if options.dry_run else "are deleted"
    text = f"{content['rows']:,} rows and {content['proofs']:,} proofs {what}"
    print(json.dumps(content, indent=2) if options.json else visible(text))
