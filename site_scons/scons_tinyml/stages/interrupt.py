"""Handling of Ctrl-C: it prints one line and ends a process with exit code 130 at any time.

It raises KeyboardInterrupt while code runs that has to clean up. Otherwise the process ends at once: Python
loses an exception that a signal raises in imports of native code, in callbacks and at the end of a process.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

from scons_tinyml.records.errors import EXIT_INTERRUPTED
from scons_tinyml.stages import lifeline

_LINE = b"tinyml: interrupted; run the same command again to go on\n"
_STDERR = 2


def leave_at_once() -> None:
    """Make Ctrl-C end this process from now on, without an exception."""
    _handle(lambda _number, _frame: _leave())


def begin() -> None:
    """Make Ctrl-C end this stage, also one that came while Python started: a build starts it with SIGINT `held`."""
    leave_at_once()
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})


@contextmanager
def raised() -> Iterator[None]:
    """Make Ctrl-C raise KeyboardInterrupt inside of the block."""
    before = signal.getsignal(signal.SIGINT)
    _handle(signal.default_int_handler)
    try:
        yield
    finally:
        if before is not None:  # None: native code handles it
            _handle(before)


@contextmanager
def held() -> Iterator[None]:
    """Block SIGINT inside of the block; child processes start with it blocked, until they unblock it."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def end_silently() -> None:
    """Make Ctrl-C end this worker process without output; its parent process reports."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})


def say() -> None:
    """Print the line, except in a build, which prints it once for all its stages."""
    if not lifeline.is_in_build():
        os.write(_STDERR, _LINE)


def _leave() -> None:
    say()
    os._exit(EXIT_INTERRUPTED)


def _handle(handler: Callable[[int, FrameType | None], Any] | int) -> None:
    """Set the handler, unless SIGINT is ignored, as shells do for background processes."""
    in_main_thread = threading.current_thread() is threading.main_thread()
    if in_main_thread and signal.getsignal(signal.SIGINT) != signal.SIG_IGN:
        signal.signal(signal.SIGINT, handler)
