"""Run a command as a process: an error becomes one message and an exit code, never a traceback of ours."""

from __future__ import annotations

import io
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
from scons_tinyml.records.visible import visible_lines
from scons_tinyml.records.wrapping import print_message, print_wrapped
from scons_tinyml.stages import interrupt, unread

Main = Callable[[Sequence[str]], None]
Argument = TypeVar("Argument")


class Reported(Exception):
    """A process that did the work has printed its error, and ended with `exit_code`."""

    def __init__(self, exit_code: int) -> None:
        self.exit_code = exit_code
        super().__init__(f"exit code {exit_code}")


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

    code = call(main, arguments)
    if code == EXIT_INTERRUPTED:
        unread.discard()
    sys.exit(code)


def call(
    main: Callable[[Argument], None], argument: Argument, interrupted: Callable[[], None] = interrupt.say
) -> int:
    """Return the exit code of `main(argument)`; print its error to stderr, `interrupted` after Ctrl-C."""
    try:
        main(argument)
        sys.stdout.flush()
    except KeyboardInterrupt:
        interrupted()
        return EXIT_INTERRUPTED
    except Reported as report:
        return report.exit_code
    except SystemExit as leaving:
        # argparse ends with 2 for a wrong command line, and it was a build that wrote this one
        if leaving.code not in (None, EXIT_PASS):
            return tell(InternalError(f"left with exit code {leaving.code}", where=sys.argv[0]))
        raise
    except BrokenPipeError:
        unread.discard()
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
        print_wrapped(bug, sys.stderr)
        print_wrapped(
            "  please report it with the lines above and with what 'tinyml doctor' prints", sys.stderr
        )
        return EXIT_INTERNAL
    print_message(f"tinyml: error: {problem}")
    return problem.exit_code
