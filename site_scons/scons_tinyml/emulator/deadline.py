"""Wall-clock limit of a run."""

from __future__ import annotations

import threading
from collections.abc import Callable
from types import TracebackType
from typing import Self


class Deadline:
    """Moment, by `clock` in seconds, after which a run ends. Without `seconds` there is none.

    Native code and devices do not look at a clock: at the moment, `hurry` makes them come to their end soon. Use it as
    a context manager, from the beginning of the run to its end.
    """

    def __init__(self, seconds: float | None, clock: Callable[[], float], hurry: Callable[[], None]) -> None:
        self._clock = clock
        self._end_s = None if seconds is None else clock() + seconds
        self._timer: threading.Timer | None = None
        if seconds is not None:
            self._timer = threading.Timer(min(seconds, threading.TIMEOUT_MAX), hurry)
            self._timer.daemon = True

    def __enter__(self) -> Self:
        if self._timer is not None:
            self._timer.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the timer before its machine can go: its thread would else be the last to hold and to free it."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer.join()

    def expired(self) -> bool:
        """Return whether the moment has passed."""
        return self._end_s is not None and self._clock() >= self._end_s
