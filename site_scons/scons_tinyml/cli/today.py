"""Comparison of rows with the boards, kernels and compiler of a project, for commands about stale rows."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path

from scons_tinyml.cli.databases import add_database_option
from scons_tinyml.costs.current import Current
from scons_tinyml.costs.database import CostDatabase
from scons_tinyml.costs.stale import CAUSES, Group, groups
from scons_tinyml.records.board import read_board
from scons_tinyml.records.errors import EnvironmentProblem, InputError
from scons_tinyml.records.suggest import did_you_mean
from scons_tinyml.resources import find_all, folders
from scons_tinyml.stages.firmware.toolchain import COMPILER, find_toolchain
from scons_tinyml.stages.measure.current import fetched_sources, find_current


def add_arguments(parser: ArgumentParser) -> None:
    """Add options for the database, for the compiler and sources of today, and for the causes of interest."""
    parser.add_argument(
        "--because",
        metavar="CAUSE",
        action="append",
        help=f"only rows with this cause, of {', '.join(CAUSES)}; may be given several times",
    )
    parser.add_argument(
        "--compiler", default=COMPILER, help="C compiler of the builds (default: %(default)s)"
    )
    parser.add_argument(
        "--build", type=Path, default=Path("build"), help="folder of results, in the project (default: build)"
    )
    parser.add_argument(
        "--external",
        metavar="SET=FOLDER",
        action="append",
        default=[],
        help="checkout that a kernel set is compiled from, as CMSIS_NN_ROOT= gives it to a build",
    )
    add_database_option(parser)


def judged(options: Namespace, database: CostDatabase) -> tuple[list[Group], list[Group]]:
    """Return stale groups with a cause in `options`, and groups that could be judged only in part.

    Raises InputError, RecordError, EnvironmentProblem.
    """
    causes = set(options.because or CAUSES)
    for cause in sorted(causes.difference(CAUSES)):
        raise InputError(
            f"'{cause}' is not a cause; {did_you_mean(cause, CAUSES)}", where="command line", key="--because"
        )
    found = groups(database, _current(options))
    stale = [group for group in found if causes & {reason.cause for reason in group.reasons}]
    return stale, [group for group in found if group.unknown and not group.reasons]


def rows_and_proofs(found: list[Group]) -> dict[str, int]:
    """Return the numbers of rows and of proofs in the groups."""
    return {
        name: sum(group.rows for group in found if group.table == table)
        for name, table in (("rows", "costs"), ("proofs", "proofs"))
    }


def _current(options: Namespace) -> Current:
    places = folders("kernels", options.project)
    if not places:
        raise EnvironmentProblem("there are no kernel sets", where=options.project)
    sources = fetched_sources(
        places,
        options.project / options.build / "common" / "external",
        dict(map(_external, options.external)),
    )
    boards = [read_board(path) for path in find_all("boards", options.project).values()]
    return find_current(boards, find_toolchain(options.compiler), sources)


def _external(text: str) -> tuple[str, Path]:
    name, _, folder = text.partition("=")
    if not folder or not Path(folder).is_dir():
        raise InputError(
            f"'{text}' is not SET=FOLDER with a folder that exists", where="command line", key="--external"
        )
    return name, Path(folder)
