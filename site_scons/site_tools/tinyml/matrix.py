"""Nodes of `scons matrix model=M`, which gates a model on all boards and prints one table of verdicts.

Each board has the nodes of an ordinary build up to its report, so that earlier results are used.
Nothing is published. A board that fails does not stop the others.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import SCons.Node
import SCons.Script
import SCons.Script.Main

from scons_tinyml.records.errors import EXIT_INPUT, InputError, RecordError
from scons_tinyml.records.wrapping import print_wrapped
from scons_tinyml.reports.github import add_to_summary, runs_here

from . import job
from .commandline import command_line
from .commandline.queries import MATRIX
from .lifecycle import session
from .lifecycle.failure_log import LOG, FailureLog
from .nodes.build import Build
from .paths import file, root

if TYPE_CHECKING:
    from .scons import Environment

_SUMMARY = ".md"
"""Suffix of the summary beside the matrix."""
_MADE = (SCons.Node.up_to_date, SCons.Node.executed)


@dataclass(frozen=True)
class Board:
    """Board of the matrix: its build with nodes and log of failures, or the reason why it was refused."""

    name: str
    build: Build | None = None
    nodes: job.FirmwareNodes | None = None
    log: FailureLog | None = None
    refused: str = ""


def builds(env: Environment, arguments: Mapping[str, str]) -> dict[str, Build | RecordError]:
    """Return the builds of the boards in `boards=`, or of all. Raises InputError for a mistake common to all.

    A board with a mistake in its own file has that error in place of a build.
    """
    if "target" in SCons.Script.ARGUMENTS:
        raise InputError(
            "a matrix has many boards",
            where="command line",
            key="target",
            hint="boards=a,b names some of them",
        )
    files = job.board_files(env)
    names = arguments["boards"].split(",") if arguments.get("boards") else sorted(files)
    found: dict[str, Build | RecordError] = {}
    for name in names:
        file = command_line.find_file("boards", name, files, "board")
        try:
            [found[name]] = job.prepare(env, {**arguments, "target": name})
        except RecordError as error:
            if error.where is None or Path(error.where).name != file.name:
                raise
            found[name] = error
    return found


def overrides(found: Mapping[str, Build | RecordError]) -> Mapping[str, str]:
    """Return the override options of the command line, which all builds in `found` share."""
    return next((build.overrides for build in found.values() if not isinstance(build, RecordError)), {})


def add_nodes(env: Environment, found: Mapping[str, Build | RecordError]) -> list[Any]:
    """Add the nodes of `found` and return their reports; the table is printed when SCons is done."""
    SCons.Script.Main.OptionsParser.values.keep_going = True
    shared = FailureLog("")
    env[LOG] = shared
    boards = []
    for name, build in found.items():
        if isinstance(build, RecordError):
            boards.append(Board(name, refused=str(build).partition("\n")[0]))
            continue
        log = FailureLog(f"{name}: ")
        nodes = job.add_nodes(env, build, env.Clone(**{LOG: log}))
        boards.append(Board(name, build, nodes, log))
    reports = [board.nodes.report for board in boards if board.nodes]
    env.Alias(MATRIX, reports)
    model = next((board.build.network.model.name for board in boards if board.build), "")
    path = Path(root(env), env["TINYML_BUILD"], MATRIX, f"{model}.json")
    for made in (path, path.with_suffix(_SUMMARY)):
        env.Clean(reports, file(env, made))
    session.at_end(lambda failures: _finish(boards, shared, path, failures))
    return reports


def _finish(boards: list[Board], shared: FailureLog, path: Path, failures: Mapping[Any, int]) -> int | None:
    """Print and write the matrix; return the exit code, None if SCons builds nothing."""
    if session.builds_nothing():
        return None
    from scons_tinyml.reports.matrix import (
        Judged,
        NotJudged,
        annotations_of_all,
        reasons,
        summary,
        table,
        to_json,
    )
    from scons_tinyml.reports.table import print_table
    from scons_tinyml.stages.files import write_json, write_text
    from scons_tinyml.stages.gate.report_file import read_report

    rows: list[Judged | NotJudged] = []
    for board in boards:
        if board.nodes is None or board.nodes.report.get_state() not in _MADE:
            code = _code(board, failures)
            rows.append(NotJudged(board.name, _why_not(board, shared), code))
        else:
            file = Path(str(board.nodes.report))
            rows.append(Judged(read_report(Path(board.nodes.report.abspath)), file))
        _withdraw(board)
    code = session.gravest(row.exit_code for row in rows)
    write_json(path, to_json(path.stem, rows, code))
    write_text(path.with_suffix(_SUMMARY), summary(path.stem, rows, code))
    print_table(table(rows), sys.stdout)
    print()
    for reason in reasons(rows):
        print_wrapped(reason, indent="  ")
    if runs_here(os.environ):
        print(annotations_of_all(path.stem, rows), end="")
        add_to_summary(path.with_suffix(_SUMMARY), os.environ)
    return code


def _code(board: Board, failures: Mapping[Any, int]) -> int:
    """Return the gravest exit code in the folder of `board`, or of all failures if there is none."""
    if board.build is None:
        return EXIT_INPUT
    own = f"/{board.name}/{board.build.name}/"
    codes = [code for node, code in failures.items() if own in str(node)] or list(failures.values())
    return session.gravest(codes or [EXIT_INPUT])


def _why_not(board: Board, shared: FailureLog) -> str:
    if board.refused:
        return board.refused
    return (board.log and board.log.reason()) or shared.reason() or "was not built"


def _withdraw(board: Board) -> None:
    """Remove images that an earlier build published, unless the report has not changed since."""
    if board.nodes is not None and board.nodes.report.get_state() != SCons.Node.up_to_date:
        for node in board.nodes.published:
            Path(node.abspath).unlink(missing_ok=True)
