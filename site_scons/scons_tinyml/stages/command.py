"""How a stage runs as a process: errors become one message and an exit code, never a traceback of ours."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path

from scons_tinyml.records.errors import (
    EXIT_INTERNAL,
    EXIT_INTERRUPTED,
    EXIT_PASS,
    EXIT_UNREAD,
    TinymlError,
)
from scons_tinyml.stages import lifeline


def run(main: Callable[[Sequence[str]], None]) -> None:
    """Call `main` with the command line and leave the process with the exit code of errors.py."""
    lifeline.follow_build()
    sys.exit(call(main, sys.argv[1:]))


def call(main: Callable[[Sequence[str]], None], arguments: Sequence[str]) -> int:
    """The exit code of `main(arguments)`, its error printed to stderr."""
    try:
        main(arguments)
        sys.stdout.flush()
    except TinymlError as error:
        print(f"tinyml: error: {error}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        print("tinyml: interrupted; run the same command again to go on", file=sys.stderr)
        return EXIT_INTERRUPTED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # Python flushes once more at its end
        return EXIT_UNREAD
    except Exception:  # anything unforeseen is ours, and says so
        traceback.print_exc()
        print(f"tinyml: this is a bug of scons-tinyml ({Path(sys.argv[0]).parent.name})", file=sys.stderr)
        return EXIT_INTERNAL
    return EXIT_PASS
