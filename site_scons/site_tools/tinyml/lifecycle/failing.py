"""How it is told that something fails while SCons runs: one message, and our exit codes in the place of SCons's.

SCons ends with exit code 2, which says 'over a budget' here, for a Ctrl-C, a mistake in an SConstruct, and whatever
Python raises.
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
from scons_tinyml.stages import command, interrupt

_OTHER_KIND = re.compile(r"(File|Directory) (.+) found where (file|directory) expected\.")
_TOLD_BY_SCONS = ("_scons_syntax_error", "_scons_user_error", "_scons_internal_error")
_STOPPED = {code for stop in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP) for code in (-stop, 128 + stop)}
_HERE = str(Path(__file__).parents[1])


class _Run:
    """What is known of the run of SCons that this process is."""

    is_followed = False
    was_interrupted = False


def follow() -> bool:
    """From now on SCons fails as all our commands do. False where it does already, or only lends its modules."""
    if _Run.is_followed or isinstance(Main.OptionsParser, Main.FakeOptionParser):
        return False
    _Run.is_followed = True
    interrupt.leave_at_once()
    for name in _TOLD_BY_SCONS:
        setattr(Main, name, _with_our_code(getattr(Main, name)))
    scripts = Main.SCons.Script._SConscript
    scripts.SConscript_exception = _with_our_message(scripts.SConscript_exception)
    Jobs.were_interrupted = _noticing(Jobs.were_interrupted)
    Main.BuildTask.failed = _silent_when_interrupted(Main.BuildTask.failed)
    return True


def was_interrupted() -> bool:
    """SCons was told to stop while it built."""
    return _Run.was_interrupted


@contextmanager
def reported() -> Iterator[None]:
    """End the run with the exit code of what goes wrong meanwhile, in us or by us, once it is told."""
    try:
        with interrupt.raised():
            yield
    except KeyboardInterrupt:
        interrupt.say()
        sys.exit(EXIT_INTERRUPTED)
    except (UserError, StopError, InternalError):
        raise
    except Exception as error:
        sys.exit(command.tell(_known(error)))


def _known(error: Exception) -> Exception:
    """SCons says with a TypeError that there is a folder in the place of a file."""
    found = _OTHER_KIND.fullmatch(str(error)) if isinstance(error, TypeError) else None
    if found is None:
        return error
    kind = {"File": "a file", "Directory": "a folder"}[found[1]]
    expected = {"file": "a file", "directory": "a folder"}[found[3]]
    return EnvironmentProblem(f"is {kind} where {expected} should be", where=os.path.relpath(found[2]))


def _with_our_code(tell: Callable[..., None]) -> Callable[..., None]:
    @wraps(tell)
    def told_with_our_code(*arguments: Any) -> None:
        try:
            tell(*arguments)
        except SystemExit:
            sys.exit(EXIT_INPUT)

    return told_with_our_code


def _with_our_message(show: Callable[..., None]) -> Callable[..., None]:
    """What SCons does with an exception that it does not know: it may be the system's, ours, or of an SConstruct."""

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
    """It was raised in this tool, or in what the tool has called."""
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
            Main.OptionsParser.values.no_progress = True  # it is told at the end, in one line
            Main.progress_display.set_mode(0)
        return _Run.was_interrupted

    return noticed


def _silent_when_interrupted(failed: Callable[[Any], None]) -> Callable[[Any], None]:
    """Commands that a Ctrl-C ended have not failed, and nobody needs their names."""

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
    """Whether a command was ended by a signal that ends builds: below 0, or above 128 when a shell tells it."""
    return failure.errstr == interrupt_msg or failure.status in _STOPPED
