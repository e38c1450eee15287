"""Work that takes a given time and computes nothing: it shows what an executor itself takes."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path

from scons_tinyml.records.typed import WrongValue
from scons_tinyml.stages.executors.facts import machine_facts
from scons_tinyml.stages.executors.work import Facts

MOST_S = 60.0


def idle(time_s: float) -> float:
    """Wait for `time_s`, and return it."""
    if time_s:
        time.sleep(time_s)
    return time_s


class IdleWork:
    """Jobs are times in seconds; results are the same times."""

    module = __name__
    run = staticmethod(idle)

    def kit(self) -> bytes:
        """Return nothing."""
        return b""

    def facts(self) -> Facts:
        """Return our sources alone."""
        return machine_facts(())

    def task(self, job: float) -> bytes:
        """Return the time as text."""
        return repr(job).encode("ascii")

    def result(self, text: bytes) -> float:
        """Return the time in `text`. Raises WrongValue."""
        return _seconds(text)


class _IdleKit:
    def facts(self) -> Mapping[str, str]:
        return {name: fact.value for name, fact in machine_facts(()).items()}

    def run(self, task: bytes) -> bytes:
        return repr(idle(_seconds(task))).encode("ascii")


def open_kit(text: bytes, folder: Path) -> _IdleKit:  # noqa: ARG001 - it has no files
    """Return the kit, which has no text."""
    return _IdleKit()


def _seconds(text: bytes) -> float:
    try:
        found = float(text)
    except ValueError:
        found = -1.0
    if not 0 <= found <= MOST_S:
        raise WrongValue(f"expected a time from 0 to {MOST_S:g} s", "time")
    return found
