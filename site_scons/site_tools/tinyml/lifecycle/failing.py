"""Reports of failures while SCons runs: one message, and our exit codes in place of those of SCons.

SCons exits with 2, here 'over a budget', after a Ctrl-C, a mistake in an SConstruct, or an exception.
"""

from __future__ import annotations

import os
import re
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr
from functools import wraps
from pathlib import Path
from typing import Any

import SCons.Script.Main as Main
from SCons.Errors import InternalError, StopError, UserError, convert_to_BuildError
from SCons.Taskmaster.Job import Jobs, interrupt_msg

from scons_tinyml.records.errors import EXIT_INPUT, EXIT_INTERRUPTED, EnvironmentProblem
from scons_tinyml.records.system_errors import as_problem
from scons_tinyml.stages import command, interrupt, unread

from . import threads
from .isolation import search_project_last

_OTHER_KIND = re.compile(r"(File|Directory) (.+) found where (file|directory) expected\.")
_REPORTED_BY_SCONS = ("_scons_syntax_error", "_scons_user_error", "_scons_internal_error")
_STOPPED = {code for stop in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP) for code in (-stop, 128 + stop)}
_HERE = str(Path(__file__).parents[1])


class _Run:
    """State of the run of SCons in this process."""

    is_followed = False
    was_interrupted = False


def follow() -> bool:
    """Have SCons fail as our commands do. Return False if it does already, or is imported without running."""
    if _Run.is_followed or isinstance(Main.OptionsParser, Main.FakeOptionParser):
        return False
    _Run.is_followed = True
    interrupt.leave_at_once()
    for name in _REPORTED_BY_SCONS:
        setattr(Main, name, _with_our_code(getattr(Main, name)))
    scripts = Main.SCons.Script._SConscript
    scripts.SConscript_exception = _with_our_message(scripts.SConscript_exception)
    threads.follow()
    Jobs.were_interrupted = _noticing(Jobs.were_interrupted)
    Main.BuildTask.failed = _silent_when_interrupted(Main.BuildTask.failed)
    return True


def was_interrupted() -> bool:
    """Return whether SCons was interrupted while it built."""
    return _Run.was_interrupted


@contextmanager
def reported() -> Iterator[None]:
    """Report an error raised in the block, and exit with its code. Errors of SCons itself pass.

    The block imports nothing from the folder of the project: SCons puts it first in sys.path, more than once.
    """
    search_project_last()
    try:
        with interrupt.raised():
            yield
    except KeyboardInterrupt:
        interrupt.say()
        unread.discard()
        sys.exit(EXIT_INTERRUPTED)
    except (UserError, StopError, InternalError):
        raise
    except Exception as error:
        sys.exit(command.tell(_known(error)))


def _known(error: Exception) -> Exception:
    """Return `error`; an EnvironmentProblem for the TypeError of SCons about a folder in place of a file."""
    found = _OTHER_KIND.fullmatch(str(error)) if isinstance(error, TypeError) else None
    if found is None:
        return error
    kind = {"File": "a file", "Directory": "a folder"}[found[1]]
    expected = {"file": "a file", "directory": "a folder"}[found[3]]
    return EnvironmentProblem(f"is {kind} where {expected} should be", where=os.path.relpath(found[2]))


def _with_our_code(report: Callable[..., None]) -> Callable[..., None]:
    @wraps(report)
    def reported_with_our_code(*arguments: Any) -> None:
        try:
            report(*arguments)
        except SystemExit:
            sys.exit(EXIT_INPUT)

    return reported_with_our_code


def _with_our_message(show: Callable[..., None]) -> Callable[..., None]:
    """Wrap `show`, which prints exceptions in an SConstruct: ours and the system's get our message."""

    @wraps(show)
    def shown(*arguments: Any) -> None:
        error = sys.exc_info()[1]
        if not isinstance(error, Exception):
            show(*arguments)
            return
        if as_problem(_known(error)) is not None or _is_ours(error):
            sys.exit(command.tell(_known(error)))
        show(*arguments)
        sys.exit(EXIT_INPUT)

    return shown


def _is_ours(error: Exception) -> bool:
    """Return whether `error` was raised in this tool, or in code that the tool called."""
    trace = error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename.startswith(_HERE):
            return True
        trace = trace.tb_next
    return False


def _noticing(were_interrupted: Callable[[Any], bool]) -> Callable[[Any], bool]:
    @wraps(were_interrupted)
    def noticed(jobs: Any) -> bool:
        if were_interrupted(jobs):
            _Run.was_interrupted = True
            Main.OptionsParser.values.no_progress = True  # one line at the end reports it
            Main.progress_display.set_mode(0)
        return _Run.was_interrupted

    return noticed


def _silent_when_interrupted(failed: Callable[[Any], None]) -> Callable[[Any], None]:
    """Wrap `failed` to print nothing for commands that Ctrl-C ended: they have not failed."""

    @wraps(failed)
    def silent(task: Any) -> None:
        error = task.exc_info()[1]
        if error is not None and is_interruption(convert_to_BuildError(error)):
            with Path(os.devnull).open("w") as nowhere, redirect_stderr(nowhere):
                failed(task)
        else:
            failed(task)

    return silent


def is_interruption(failure: Any) -> bool:
    """Return whether a signal ended the command of `failure`: a status below 0, or above 128 from a shell."""
    return failure.errstr == interrupt_msg or failure.status in _STOPPED
