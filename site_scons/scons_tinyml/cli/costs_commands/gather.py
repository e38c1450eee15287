"""Take the rows and proofs of other databases of this project, such as those of CI's shards.

Of rows with the same key the newest is kept. The order of the databases does not matter, and gathering one again
changes nothing. FILEs stay as they are. They are trusted as the project is; what other people measured comes as packs
(tinyml costs import).

examples:
  tinyml costs gather costs/stm32l1.sqlite3 costs/stm32l4.sqlite3
  tinyml costs gather costs/*.sqlite3 --database all.sqlite3
"""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path

from scons_tinyml.cli.databases import add_database_option, database_path
from scons_tinyml.costs.database import CostDatabase
from scons_tinyml.costs.gather import gather
from scons_tinyml.records.visible import visible


def add_arguments(parser: ArgumentParser) -> None:
    """Arguments of the command."""
    parser.add_argument("files", type=Path, nargs="+", metavar="FILE", help="databases to read")
    add_database_option(parser)


def run(options: Namespace) -> None:
    """Gather all databases, and warn of rows that disagree. Raises InputError, EnvironmentProblem."""
    with CostDatabase.open(database_path(options)) as database:
        for path in options.files:
            found = gather(path, database)
            print(
                visible(
                    f"{path}: {found.rows} rows and {found.proofs} proofs taken, {found.present} there already"
                )
            )
            for kept, other in found.apart:
                warning = (
                    f"{kept.key.digest[:12]} {kept.key.kernel}: {other.cycles:,} cycles in one database, "
                    f"{kept.cycles:,} in the newer one, which is kept"
                )
                print(visible(f"tinyml: warning: {warning}"), file=sys.stderr)
