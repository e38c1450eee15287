"""A worker process ends with the process that it works for: a killed build leaves nothing running.

A wrapper or debugger may stand between the build and a stage, so a stage cannot see from its parent that the build
has ended. The build passes its process id in the environment instead.
"""

from __future__ import annotations

import _thread
import os
import threading
import time
from collections.abc import Callable

from scons_tinyml.records.errors import EXIT_INTERRUPTED

VARIABLE = "TINYML_BUILD_PROCESS"
"""Environment variable that holds the process id of the build."""

_INTERVAL_S = 0.5
_GRACE_S = 5.0
"""Seconds for the main thread to clean up; native code does not notice an interrupt."""


def is_in_build() -> bool:
    """Return whether a build has started this process; the build then reports its end."""
    return VARIABLE in os.environ


def follow_build() -> None:
    """End this process soon after the end of the build that started it; does nothing outside of a build."""
    build = os.environ.get(VARIABLE)
    if build is not None:
        _when(lambda: _wait_for_end(int(build)), _clean_up_and_leave)


def follow_parent() -> None:
    """End this worker process as soon as its parent process has ended."""
    from multiprocessing import parent_process

    parent = parent_process()
    if parent is not None:
        _when(parent.join, lambda: os._exit(EXIT_INTERRUPTED))


def _when(wait: Callable[[], None], act: Callable[[], None]) -> None:
    def watch() -> None:
        wait()
        act()

    threading.Thread(target=watch, name="lifeline", daemon=True).start()


def _clean_up_and_leave() -> None:
    _thread.interrupt_main()
    time.sleep(_GRACE_S)
    os._exit(EXIT_INTERRUPTED)


def _wait_for_end(process: int) -> None:
    while _is_alive(process):
        time.sleep(_INTERVAL_S)


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
