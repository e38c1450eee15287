"""Run a command as a process: an error becomes one message and an exit code, never a traceback of ours."""

from __future__ import annotations

import io
import os
import sys
import traceback
from collections.abc import Callable, Sequence
from typing import NoReturn, TypeVar

from scons_tinyml.records.errors import (
    EXIT_INTERNAL,
    EXIT_INTERRUPTED,
    EXIT_PASS,
    EXIT_UNREAD,
    InternalError,
)
from scons_tinyml.records.system_errors import as_problem
from scons_tinyml.records.visible import visible, visible_lines, visible_message
from scons_tinyml.stages import interrupt

Main = Callable[[Sequence[str]], None]
Argument = TypeVar("Argument")


def run(load: Callable[[], Main], arguments: Sequence[str]) -> NoReturn:
    """Leave the process with the exit code of the command that `load` imports, called with `arguments`."""
    interrupt.leave_at_once()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # terminals without UTF-8, undecodable names

    def main(given: Sequence[str]) -> None:
        found = load()
        with interrupt.raised():
            found(given)

    sys.exit(call(main, arguments))


def call(main: Callable[[Argument], None], argument: Argument) -> int:
    """Return the exit code of `main(argument)`; print its error to stderr."""
    try:
        main(argument)
        sys.stdout.flush()
    except KeyboardInterrupt:
        interrupt.say()
        return EXIT_INTERRUPTED
    except SystemExit as leaving:
        if leaving.code not in (
            None,
            EXIT_PASS,
        ):  # argparse has 2 for a wrong command line, which a build wrote
            return tell(InternalError(f"left with exit code {leaving.code}", where=sys.argv[0]))
        raise
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # Python flushes once more at its end
        return EXIT_UNREAD
    except Exception as error:
        return tell(error)
    return EXIT_PASS


def tell(error: Exception) -> int:
    """Print `error` to stderr as one message and return its exit code.

    An unforeseen error is reported as a bug.
    """
    problem = as_problem(error)
    if problem is None:
        print(visible_lines("".join(traceback.format_exception(error))), file=sys.stderr)
        bug = f"tinyml: this is a bug of scons-tinyml, not of your project: {type(error).__name__}"
        print(visible(bug), file=sys.stderr)
        print("  please report it with the lines above and with what 'tinyml doctor' prints", file=sys.stderr)
        return EXIT_INTERNAL
    print(visible_message(f"tinyml: error: {problem}"), file=sys.stderr)
    return problem.exit_code
