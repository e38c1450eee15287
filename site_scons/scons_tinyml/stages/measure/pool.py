"""Run benches in several processes, with results as they finish."""

from __future__ import annotations

import tempfile
from collections.abc import Hashable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context, resource_tracker
from os import cpu_count
from typing import TypeVar

from scons_tinyml.stages import interrupt, lifeline
from scons_tinyml.stages.measure.bench import BenchJob, BenchResult, run_bench

Name = TypeVar("Name", bound=Hashable)

INLINE_JOBS = 2
"""Up to this number, jobs run in this process: starting others would take longer."""


def results(jobs: Mapping[Name, BenchJob]) -> Iterator[tuple[Name, BenchResult]]:
    """Yield the result of every job under its name; uses several processes for many jobs."""
    if len(jobs) <= INLINE_JOBS:
        yield from ((name, run_bench(job)) for name, job in jobs.items())
        return
    with (
        tempfile.TemporaryDirectory(prefix="tinyml-measure-", ignore_cleanup_errors=True) as folder,
        ProcessPoolExecutor(
            max_workers=cpu_count(),
            mp_context=get_context("spawn"),
            initializer=_start_worker,
            initargs=(folder,),
        ) as pool,
    ):
        resource_tracker.ensure_running()  # it ends blocking of signals when it starts
        with interrupt.held():
            futures = {pool.submit(run_bench, job): name for name, job in jobs.items()}
        try:
            for future in as_completed(futures):
                yield futures[future], future.result()
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _start_worker(folder: str) -> None:
    """Make Ctrl-C end a worker at once and silently.

    The parent process removes `folder`, its temporary folder.
    """
    interrupt.end_silently()
    tempfile.tempdir = folder
    lifeline.follow_parent()
