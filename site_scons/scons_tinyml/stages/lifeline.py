"""A process that works for another one ends with it: a killed build leaves nothing running.

SCons starts stages through a shell, so that a stage cannot tell from its parent whether the build is still there.
The build says who it is in its environment instead.
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
"""How long the main thread may take to clean up; native code does not notice that it is interrupted."""


def is_in_build() -> bool:
    """Whether a build has started this process, and tells what becomes of it."""
    return VARIABLE in os.environ


def follow_build() -> None:
    """End this process soon after the build that started it is gone; does nothing outside of a build."""
    build = os.environ.get(VARIABLE)
    if build is not None:
        _when(lambda: _wait_for_end(int(build)), _clean_up_and_leave)


def follow_parent() -> None:
    """End this worker process as soon as the process that started it is gone."""
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
