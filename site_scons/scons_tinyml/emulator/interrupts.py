"""Ctrl-C while a machine runs: held back until nothing is half done, then handled as at any other time.

Python calls the handler of a signal between any two of its own steps. That may be inside a callback of native
code, where ctypes prints the exception and goes on. It may also be inside a device that has taken a byte and
not delivered it yet.
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
"""Seconds that a listener may run after a SIGINT, before the signal is repeated."""


class Interrupts:
    """Reasons to end a run from outside: SIGINT, and exceptions of a listener called during the run."""

    def __init__(self) -> None:
        self._hurry: Callable[[], None] = lambda: None
        self._before: Handler | None = None  # handler of SIGINT outside of runs; None: left alone
        self._came = self._runs = self._listens = False
        self._raised: BaseException | None = None

    @property
    def waiting(self) -> bool:
        """True when `tell` has an exception to raise or a handler to call."""
        return self._came or self._raised is not None

    @contextmanager
    def kept(self, hurry: Callable[[], None]) -> Iterator[None]:
        """Hold interrupts back until `tell` or the end of the run.

        `hurry` is called to make that come soon.
        """
        try:
            self._hurry, self._runs = hurry, True
            self._take_signal()
            yield
        finally:
            self._runs = False
            self._give_signal_back()
            self.tell()

    def tell(self) -> None:
        """Raise the kept exception, or call the usual handler of SIGINT, between two steps of the machine."""
        error, self._raised = self._raised, None
        if error is not None:
            raise error
        if self._came and self._before is not None:
            self._came = False
            self._before(signal.SIGINT, None)

    def listen(self, listener: Callable[..., None], *arguments: Any) -> None:
        """Call `listener`, a function from outside the machine.

        It may wait for a reader, so SIGINT ends it at once. Its exception is kept: the device that
        calls it goes on as if it had returned.
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
        """Repeat a SIGINT that came just before the listener, which would otherwise wait for ever."""
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
        """Replace the handler of SIGINT, unless C code or nobody handles it.

        Only the main thread can: Python calls handlers there.
        """
        handler = signal.getsignal(signal.SIGINT)
        if callable(handler) and threading.current_thread() is threading.main_thread():
            self._before = handler
            signal.signal(signal.SIGINT, self._on_signal)

    def _give_signal_back(self) -> None:
        """Restore the handler of SIGINT, unless another one was installed."""
        if self._before is not None and signal.getsignal(signal.SIGINT) == self._on_signal:
            signal.signal(signal.SIGINT, self._before)

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        if self._listens and self._before is not None:
            self._listens = self._came = False  # once: clean-up is not disturbed
            self._before(number, frame)
            self._listens = True
        else:
            self._came = True
            self._hurry()
