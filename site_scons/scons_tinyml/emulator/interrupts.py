"""Ctrl-C while a machine runs: it waits until nothing is half done, and then does what it does at any other time.

Python calls the handler of a signal between any two steps of its own: also inside of a callback of native code, where
ctypes prints the exception and goes on, and inside of a device that has taken a byte and not delivered it yet.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

Handler = Callable[[int, FrameType | None], Any]

_PATIENCE_S = 0.2
"""How long a listener may take for what it is told after a SIGINT."""


class Interrupts:
    """What wants to end a run from outside: SIGINT, and what a listener raises that is called in the midst of it."""

    def __init__(self) -> None:
        self._hurry: Callable[[], None] = lambda: None
        self._before: Handler | None = None  # what SIGINT does outside of runs; None: it is left alone
        self._came = self._runs = self._listens = False
        self._raised: BaseException | None = None

    @property
    def waiting(self) -> bool:
        """There is something that `tell` would tell."""
        return self._came or self._raised is not None

    @contextmanager
    def kept(self, hurry: Callable[[], None]) -> Iterator[None]:
        """Have interrupts wait for `tell`, or for the end of the run; `hurry` is called to make that come soon."""
        try:
            self._hurry, self._runs = hurry, True
            self._take_signal()
            yield
        finally:
            self._runs = False
            self._give_signal_back()
            self.tell()

    def tell(self) -> None:
        """Between two steps of the machine: raise what was kept, or call the handler that SIGINT has otherwise."""
        error, self._raised = self._raised, None
        if error is not None:
            raise error
        if self._came and self._before is not None:
            self._came = False
            self._before(signal.SIGINT, None)

    def listen(self, listener: Callable[..., None], *arguments: Any) -> None:
        """Call a function that is not the machine's. It may wait for a reader, so that SIGINT ends it at once.

        What it raises is kept: the device that calls it goes on as if it had returned.
        """
        if not self._runs:
            return listener(*arguments)
        try:
            try:
                self._listens = True
                with self._reminding():
                    listener(*arguments)
            finally:
                self._listens = False
        except BaseException as error:
            if self._raised is None:
                self._raised = error
            self._hurry()

    @contextmanager
    def _reminding(self) -> Iterator[None]:
        """A SIGINT that came just before the listener is sent once more when it waits: it would wait for ever."""
        if not self._came:
            yield
            return
        main = threading.main_thread().ident or 0
        reminder = threading.Timer(_PATIENCE_S, signal.pthread_kill, (main, signal.SIGINT))
        reminder.start()
        try:
            yield
        finally:
            reminder.cancel()

    def _take_signal(self) -> None:
        """Not where C code or nobody handles it; and only the main thread can, in which Python calls handlers."""
        handler = signal.getsignal(signal.SIGINT)
        if callable(handler) and threading.current_thread() is threading.main_thread():
            self._before = handler
            signal.signal(signal.SIGINT, self._on_signal)

    def _give_signal_back(self) -> None:
        """Unless someone has put another handler there."""
        if self._before is not None and signal.getsignal(signal.SIGINT) == self._on_signal:
            signal.signal(signal.SIGINT, self._before)

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        if self._listens and self._before is not None:
            self._listens = self._came = False  # it raises once: what cleans up after it is not disturbed
            self._before(number, frame)
            self._listens = True
        else:
            self._came = True
            self._hurry()
