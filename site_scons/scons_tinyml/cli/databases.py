"""Finding the cost database that a command line names."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path

from scons_tinyml.cli.output import add_project_option
from scons_tinyml.costs.database import CostDatabase
from scons_tinyml.records.errors import InputError

DATABASE = Path(".tinyml/costs.sqlite3")
"""Place of the database in a project."""


def add_database_option(parser: ArgumentParser) -> None:
    """`--database` and `--project`, as all commands that look into the database have them."""
    parser.add_argument(
        "--database",
        type=Path,
        default=DATABASE,
        metavar="PATH",
        help="cost database, in the project (default: %(default)s)",
    )
    add_project_option(parser)


def database_path(options: Namespace) -> Path:
    """The file that `options` name, whether it is there or not."""
    path: Path = options.project / options.database
    return path


def open_existing(options: Namespace) -> CostDatabase:
    """The database that `options` name. Raises InputError when there is none: a question makes no file."""
    path = database_path(options)
    if not path.is_file():
        raise InputError(
            "there is no such database",
            where=path,
            hint="the first build makes it; --database and --project name another one",
        )
    return CostDatabase.open(path)
