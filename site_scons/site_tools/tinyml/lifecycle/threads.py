"""Threads of SCons: none ends without a word.

SCons walks its graph in threads. An exception that leaves one of them has SCons wait for ever, or exit with 0 although
nothing is built.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable
from functools import wraps
from typing import Any

import SCons.Node
from SCons.Taskmaster.Job import Jobs, NewParallel

from scons_tinyml.records.errors import EnvironmentProblem
from scons_tinyml.stages import command

_NO_THREAD = "can't start new thread"


def follow() -> None:
    """Have SCons go on with the threads that the system gives, and end with our message if one of them fails."""
    NewParallel._maybe_start_worker = _with_fewer(NewParallel._maybe_start_worker)
    Jobs.run = _to_its_end(Jobs.run)
    threading.excepthook = _end


def _with_fewer(start: Callable[[Any], None]) -> Callable[[Any], None]:
    """Wrap `start`, which starts one more thread: without it, those that are there do the work."""

    @wraps(start)
    def started(parallel: Any) -> None:
        try:
            start(parallel)
        except RuntimeError as error:
            if str(error) != _NO_THREAD:
                raise
            parallel.max_workers = len(parallel.workers)

    return started


def _to_its_end(run: Callable[..., None]) -> Callable[..., None]:
    """Wrap `run`, which builds: what was requested is built or has failed afterwards."""

    @wraps(run)
    def run_to_its_end(jobs: Any, *arguments: Any, **options: Any) -> None:
        try:
            run(jobs, *arguments, **options)
        except RuntimeError as error:
            if str(error) != _NO_THREAD:
                raise
            problem = EnvironmentProblem(
                "the system starts no thread", hint="`ulimit -u` says how many there may be; -j1 needs none"
            )
            sys.exit(command.tell(problem))
        walk = jobs.job.taskmaster
        if walk.next_candidate != walk.no_next_candidate:  # else a failure stopped it
            _require_done(walk.original_top)

    return run_to_its_end


def _require_done(nodes: Any) -> None:
    """Exit as for a bug if one of `nodes` was not reached."""
    left = [str(node) for node in nodes if node.get_state() < SCons.Node.up_to_date]
    if left:
        sys.exit(command.tell(RuntimeError(f"SCons ended before {left[0]}")))


def _end(failure: Any) -> None:
    """End this process, as a bug does: the other threads may wait for the one of `failure`."""
    code = command.tell(failure.exc_value or SystemError(str(failure.exc_type)))
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)
