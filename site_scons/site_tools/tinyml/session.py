"""How a build ends: with our exit codes, no image that a failed build left, and nothing lost when it is killed."""

from __future__ import annotations

import atexit
import fcntl
import os
import signal
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import IO, Any, NoReturn

import SCons.Node
import SCons.SConsign
import SCons.Script
import SCons.Script.Main
from SCons.Taskmaster.Job import interrupt_msg

from scons_tinyml.records.errors import (
    EXIT_BUDGET,
    EXIT_FAULT,
    EXIT_INPUT,
    EXIT_INTERNAL,
    EXIT_INTERRUPTED,
    EXIT_PASS,
)
from scons_tinyml.reports.summary import one_line

FLUSH_INTERVAL_S = 1.0
_SEVERITY = (EXIT_INTERRUPTED, EXIT_INTERNAL, EXIT_FAULT, EXIT_INPUT, EXIT_BUDGET)
_STOPS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_SCONS_STOPPED = 2
_UNHARMED = (SCons.Node.no_state, SCons.Node.up_to_date, SCons.Node.executed)
"""States of a node that nothing is wrong with: not asked for at all is one of them."""
_watched: list[tuple[list[Any], str]] = []
End = Callable[[Mapping[Any, int]], int | None]
_ends: list[End] = []
_turn: list[IO[str]] = []
"""The locked file while this build has its turn; the end of the process, however it comes, gives the lock back."""


def begin(nodes: list[Any], report: str) -> None:
    """Watch the build of `nodes`, whose verdict is in the file `report`. None are watched where none are asked for."""
    _begin_once()
    _watched.append((nodes, report))


def at_end(finish: End) -> None:
    """Call `finish` with what failed, by exit code, when SCons is done; what it returns is the build's exit code."""
    _begin_once()
    _ends.append(finish)


def _begin_once() -> None:
    if not _watched and not _ends:
        SCons.Script.SetOption("implicit_cache", True)  # a source that did not change includes what it did
        SCons.Script.Progress(_Flush(), interval=1)
        atexit.register(_finish)


def builds_nothing() -> bool:
    """SCons was asked to tell or to remove, so that there is no verdict on anything."""
    return any(SCons.Script.GetOption(option) for option in ("no_exec", "question", "clean", "help"))


def refuse_options() -> None:
    """Have an option that SCons does not know end as other mistakes on the command line do, and not with SCons's 2."""
    parser = SCons.Script.Main.OptionsParser
    if parser is not None:
        parser.error = _refuse


def _refuse(message: str) -> NoReturn:
    print(
        f"tinyml: error: command line: {message}\n  scons -h lists our options, scons -H those of SCons",
        file=sys.stderr,
    )
    sys.exit(EXIT_INPUT)


def wait_for_turn(folder: Path) -> None:
    """Wait until no other build works in the project whose own `folder` this is.

    SCons keeps all signatures in one file, which two builds at once would tear from each other.
    """
    if _turn:
        return
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _turn.append((folder / "build.lock").open("w"))
        try:
            fcntl.flock(_turn[0], fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("tinyml: another build runs in this project; waiting for its end", file=sys.stderr)
            fcntl.flock(_turn[0], fcntl.LOCK_EX)
    except KeyboardInterrupt:
        _leave(EXIT_INTERRUPTED)
    except OSError:  # a file system without locks, or one that cannot be written: then the user takes care
        return


class _Flush:
    """Writes the signatures of what was built every now and then.

    SCons itself writes them once, at its end: after `kill -9` it would build everything again, training included.
    """

    def __init__(self) -> None:
        self._last_s = time.monotonic()

    def __call__(self, node: Any) -> None:  # noqa: ARG002 - SCons passes the node that comes next
        if time.monotonic() - self._last_s < FLUSH_INTERVAL_S:
            return
        for entry in SCons.SConsign.sig_files:
            entry.write(sync=0)
        for database in SCons.SConsign.DB_sync_list:
            database.sync()
        self._last_s = time.monotonic()


def exit_code(failures: list[Any]) -> int:
    """The exit code for what failed: the gravest first. What SCons itself could not do counts as bad input."""
    return gravest(_own_code(failure) for failure in failures) or EXIT_INPUT


def gravest(codes: Iterable[int]) -> int:
    """The exit code that says most of all `codes`; 0 when there are none but 0."""
    found = set(codes) - {EXIT_PASS}
    return next((code for code in _SEVERITY if code in found), EXIT_INPUT if found else EXIT_PASS)


def _own_code(failure: Any) -> int:
    """A command that a signal stopped has the signal's number below 0, or above 128 when a shell tells it."""
    stopped = {code for stop in _STOPS for code in (-stop, 128 + stop)}
    if failure.errstr == interrupt_msg or failure.status in stopped:
        return EXIT_INTERRUPTED
    return int(failure.status) if failure.command else EXIT_INPUT


def _finish() -> None:
    failures = SCons.Script.GetBuildFailures()
    codes = {failure.node: _own_code(failure) for failure in failures}
    if _ends and EXIT_INTERRUPTED not in codes.values() and (failures or not _stopped()):
        ends = [code for code in (finish(codes) for finish in _ends) if code is not None]
        if ends:
            _leave(gravest(ends))
    if failures:
        code = exit_code(failures)
        if code != EXIT_INTERRUPTED and not builds_nothing():
            _withdraw()
        _leave(code)
    if _stopped():
        _leave(EXIT_INTERRUPTED)
    if builds_nothing():
        return
    for nodes, report in _watched:
        if (
            nodes
            and all(node.get_state() == SCons.Node.up_to_date for node in nodes)
            and Path(report).is_file()
        ):
            print(one_line(Path(report)))


def _stopped() -> bool:
    """SCons did not come to its end: where nothing failed, it was interrupted between two commands."""
    return bool(SCons.Script.Main.exit_status == _SCONS_STOPPED)


def _withdraw() -> None:
    """Remove images that an earlier build published: what is described now does not make them."""
    for nodes, _ in _watched:
        if any(node.get_state() not in _UNHARMED for node in nodes):
            for node in nodes:
                Path(node.abspath).unlink(missing_ok=True)


def _leave(code: int) -> None:
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)
