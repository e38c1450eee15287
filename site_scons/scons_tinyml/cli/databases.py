"""Search for the cost database that a command line names."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path

from scons_tinyml.cli.output import add_project_option
from scons_tinyml.costs.database import CostDatabase
from scons_tinyml.records.errors import InputError
from scons_tinyml.resources import state_folder

DATABASE = state_folder() / "costs.sqlite3"
"""Path of the database in a project."""


def add_database_option(parser: ArgumentParser) -> None:
    """Add `--database` and `--project`, which all commands that use the database have."""
    parser.add_argument(
        "--database",
        type=Path,
        default=DATABASE,
        metavar="PATH",
        help="cost database, in the project (default: %(default)s)",
    )
    add_project_option(parser)


def database_path(options: Namespace) -> Path:
    """Return the file that `options` name, even if it does not exist."""
    path: Path = options.project / options.database
    return path


def open_existing(options: Namespace) -> CostDatabase:
    """Open the database that `options` name. Raises InputError when there is none: queries make no file."""
    path = database_path(options)
    if not path.is_file():
        raise InputError(
            "there is no such database",
            where=path,
            hint="the first build makes it; --database and --project name another one",
        )
    return CostDatabase.open(path)
