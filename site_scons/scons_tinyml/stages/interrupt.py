"""Ctrl-C prints one line and ends a process with exit code 130, wherever it comes.

While something works that has to clean up, it is a KeyboardInterrupt. Everywhere else the process ends at once: Python
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
    """Have Ctrl-C end this process from now on, without an exception."""
    _handle(lambda _number, _frame: _leave())


@contextmanager
def raised() -> Iterator[None]:
    """Have Ctrl-C raise KeyboardInterrupt meanwhile."""
    before = signal.getsignal(signal.SIGINT)
    _handle(signal.default_int_handler)
    try:
        yield
    finally:
        if callable(before):
            _handle(before)


@contextmanager
def held() -> Iterator[None]:
    """Have Ctrl-C wait meanwhile, also in processes that are started: until they say what it does to them."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def end_silently() -> None:
    """Have Ctrl-C end this process, which works for another one that tells it, without a word."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})


def say() -> None:
    """Print the line; a build says it once, for all its stages."""
    if not lifeline.is_in_build():
        os.write(_STDERR, _LINE)


def _leave() -> None:
    say()
    os._exit(EXIT_INTERRUPTED)


def _handle(handler: Callable[[int, FrameType | None], Any]) -> None:
    """Not where somebody has SIGINT ignored, as shells do for what runs in the background."""
    in_main_thread = threading.current_thread() is threading.main_thread()
    if in_main_thread and signal.getsignal(signal.SIGINT) != signal.SIG_IGN:
        signal.signal(signal.SIGINT, handler)
