"""End of a build: our exit codes, no image after a failure, and nothing lost after a kill."""

from __future__ import annotations

import atexit
import errno
import fcntl
import gc
import os
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import wraps
from pathlib import Path
from typing import IO, Any, NoReturn

import SCons.Node
import SCons.SConsign
import SCons.Script
import SCons.Script.Main

from scons_tinyml.records.errors import (
    EXIT_BUDGET,
    EXIT_FAULT,
    EXIT_INPUT,
    EXIT_INTERNAL,
    EXIT_INTERRUPTED,
    EXIT_PASS,
    InputError,
)
from scons_tinyml.records.json_text import read_json
from scons_tinyml.records.system_errors import require_regular
from scons_tinyml.records.visible import visible
from scons_tinyml.records.wrapping import print_message, print_wrapped
from scons_tinyml.reports.github import add_to_summary
from scons_tinyml.reports.summary import one_line
from scons_tinyml.stages import interrupt

from ..dependencies import contents
from . import failing
from .commands import Command
from .isolation import search_project_last

FLUSH_INTERVAL_S = 1.0
_SEVERITY = (EXIT_INTERRUPTED, EXIT_INTERNAL, EXIT_FAULT, EXIT_INPUT, EXIT_BUDGET)
_SCONS_FAILED = 2
_NO_LOCKS = (errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP, errno.EINVAL)
_SAME = (SCons.Node.no_state, SCons.Node.up_to_date)
"""States of a node whose stored signatures are those of this build; one that was not requested has `no_state`."""
_UNHARMED = (*_SAME, SCons.Node.executed)
"""States of a node that has not failed."""
_watched: list[tuple[list[Any], str]] = []
End = Callable[[Mapping[Any, int]], int | None]
_ends: list[End] = []
_agreements: list[Any] = []
_PASSES = "TINYML_MEASURED_AGAIN"
"""Environment variable: number of restarts of this command. Each may choose other kernels."""
_MOST_PASSES = 4
_COLLECT_AFTER = 100_000
"""New objects after which Python looks for garbage. SCons's graph has next to none, and grows by thousands."""
LOCK = "build.lock"
"""File that a build locks in the folder of its state."""
_turn: list[IO[str]] = []
"""Locked file while this build has its turn. The end of the process, also by a kill, releases the lock."""


def follow() -> None:
    """Have SCons end as our commands do, however it ends."""
    if failing.follow():
        SCons.SConsign.write = _unless_unchanged(SCons.SConsign.write)
        atexit.register(_finish)
        gc.freeze()
        gc.set_threshold(_COLLECT_AFTER)


def begin(nodes: list[Any], report: str) -> None:
    """Watch the build of `nodes`, whose verdict is in the file `report`; empty `nodes` watch nothing."""
    _begin_once()
    if (nodes, report) not in _watched:
        _watched.append((nodes, report))


def at_end(finish: End) -> None:
    """Call `finish` with the exit codes of failed nodes when SCons is done; it may return the exit code."""
    _begin_once()
    _ends.append(finish)


def begin_again_after(agreement: Any) -> None:
    """Restart the build if the node `agreement` fails and its file says that rows were replaced."""
    _begin_once()
    _agreements.append(agreement)


def begins_again() -> bool:
    """Return whether this build is a restart after rows were replaced."""
    return _passes() > 0


def _passes() -> int:
    return int(os.environ.get(_PASSES, "0"))


def _has_replaced_rows(node: Any) -> bool:
    try:
        return bool(read_json(Path(node.abspath))["measured_again"])
    except (OSError, ValueError, LookupError, TypeError, InputError):
        return False


def _begin_again() -> None:
    """Replace this process by the same command, which releases the lock of the turn and takes it again."""
    print_wrapped("tinyml: the build begins once more, with the rows that were measured again", sys.stderr)
    sys.stdout.flush()
    sys.stderr.flush()
    os.environ[_PASSES] = str(_passes() + 1)
    os.chdir(SCons.Script.GetLaunchDir())
    os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])


def _begin_once() -> None:
    if not _watched and not _ends and not _agreements:
        SCons.Script.SetOption("implicit_cache", True)  # an unchanged source includes the same headers
        SCons.Script.Progress(_Flush(), interval=1)


def builds_nothing() -> bool:
    """Return whether SCons builds nothing, as with -n, -q, -c and -h, so that there is no verdict."""
    return any(SCons.Script.GetOption(option) for option in ("no_exec", "question", "clean", "help"))


def refuse_options() -> None:
    """Have an option unknown to SCons end as other mistakes on the command line do, not with exit code 2."""
    parser = SCons.Script.Main.OptionsParser
    if parser is not None:
        parser.error = _refuse


def _refuse(message: str) -> NoReturn:
    print_message(
        f"tinyml: error: {visible(f'command line: {message}')}\n"
        "  scons -h lists our options, scons -H those of SCons"
    )
    sys.exit(EXIT_INPUT)


def wait_for_turn(folder: Path) -> None:
    """Wait until no other build runs in the project that keeps its lock file in `folder`.

    SCons keeps all signatures in one file, which two builds at once would spoil. On a file system without
    locks, no build waits. Raises OSError or InputError if the file cannot be opened or locked.
    """
    if _turn:
        return
    folder.mkdir(parents=True, exist_ok=True)
    lock = folder / LOCK
    require_regular(lock)
    _turn.append(lock.open("w"))
    try:
        fcntl.flock(_turn[0], fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        print_wrapped("tinyml: another build runs in this project; waiting for its end", sys.stderr)
        fcntl.flock(_turn[0], fcntl.LOCK_EX)
    except OSError as error:
        if error.errno not in _NO_LOCKS:
            raise


class _Flush:
    """Progress function that writes the signatures of built nodes, at most once in FLUSH_INTERVAL_S.

    SCons itself writes them once, at its end: after `kill -9` it would build everything again.
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


def _unless_unchanged(write: Callable[[], None]) -> Callable[[], None]:
    """Wrap `write`, which writes all signatures anew: if nothing was built, the file has them already."""

    @wraps(write)
    def written() -> None:
        visited = (node for entry in SCons.SConsign.sig_files for node in entry.to_be_merged.values())
        if all(node.get_state() in _SAME for node in visited):
            for entry in SCons.SConsign.sig_files:
                entry.dirty = False
        write()
        contents.save()

    return written


def exit_code(failures: list[Any]) -> int:
    """Return the gravest exit code of `failures`. Failures of SCons itself count as bad input."""
    return gravest(_own_code(failure) for failure in failures) or EXIT_INPUT


def gravest(codes: Iterable[int]) -> int:
    """Return the gravest of `codes`; 0 if there is no other, EXIT_INPUT if no other is known."""
    found = set(codes) - {EXIT_PASS}
    return next((code for code in _SEVERITY if code in found), EXIT_INPUT if found else EXIT_PASS)


def _own_code(failure: Any) -> int:
    """Return the exit code of `failure`: EXIT_INPUT for other programs than stages, whose 2 is no budget."""
    if failing.is_interruption(failure):
        return EXIT_INTERRUPTED
    action = failure.action
    is_stage = isinstance(action, Command) and not action.program
    return int(failure.status) if is_stage else EXIT_INPUT


def _finish() -> None:
    search_project_last()
    failures = SCons.Script.GetBuildFailures()
    codes = {failure.node: _own_code(failure) for failure in failures}
    interrupt.leave_at_once()
    if failing.was_interrupted():
        interrupt.say()
        _leave(EXIT_INTERRUPTED)
    replaced = any(node in codes and _has_replaced_rows(node) for node in _agreements)
    if replaced and EXIT_INTERRUPTED not in codes.values() and _passes() < _MOST_PASSES:
        _begin_again()
    if _ends and EXIT_INTERRUPTED not in codes.values() and (failures or not _has_failed()):
        ends = [code for code in (finish(codes) for finish in _ends) if code is not None]
        if ends:
            _leave(gravest(ends))
    if failures:
        code = exit_code(failures)
        if code == EXIT_INTERRUPTED:
            interrupt.say()
        elif not builds_nothing():
            _withdraw()
        _leave(code)
    if _has_failed():
        _leave(EXIT_INPUT)
    if builds_nothing():
        return
    for line in _unchanged():
        print_wrapped(line)


def _unchanged() -> Iterator[str]:
    """Yield the verdicts of builds with nothing to do; those of two on one board with the path of their report."""
    done = {
        report: one_line(Path(report))
        for nodes, report in _watched
        if nodes
        and all(node.get_state() == SCons.Node.up_to_date for node in nodes)
        and Path(report).is_file()
    }
    for report in done:
        # the gate, which did not run, adds it otherwise
        add_to_summary(Path(report).with_name("summary.md"), os.environ)
    subjects = Counter(line.partition(":")[0] for line in done.values())
    for report, line in done.items():
        is_clear = subjects[line.partition(":")[0]] == 1
        yield line if is_clear else f"{os.path.relpath(report)}: {line}"


def _has_failed() -> bool:
    """Return whether SCons exits with 2, its code for failures, which means something else here."""
    return bool(SCons.Script.Main.exit_status == _SCONS_FAILED)


def _withdraw() -> None:
    """Remove images that an earlier build published, if their nodes failed in this one."""
    for nodes, _ in _watched:
        if any(node.get_state() not in _UNHARMED for node in nodes):
            for node in nodes:
                Path(node.abspath).unlink(missing_ok=True)


def _leave(code: int) -> None:
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)
