"""Jobs in several processes of this machine, with results as they finish."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context, resource_tracker
from os import cpu_count

from scons_tinyml.stages import interrupt, lifeline
from scons_tinyml.stages.executors.work import Done, Job, Name, Result, Work

INLINE_JOBS = 2
"""Up to this number, jobs run in this process: starting others would take longer."""


class Processes:
    """As many processes as there are processors, for as long as there are jobs."""

    def __init__(self, processes: int | None = None) -> None:
        self._processes = processes or cpu_count()

    def results(self, work: Work[Job, Result], jobs: Mapping[Name, Job]) -> Iterator[Done[Name, Result]]:
        """Yield the result of every job; few jobs run in this process."""
        if len(jobs) <= INLINE_JOBS:
            yield from (Done(name, work.run(job)) for name, job in jobs.items())
            return
        with (
            tempfile.TemporaryDirectory(prefix="tinyml-measure-", ignore_cleanup_errors=True) as folder,
            ProcessPoolExecutor(
                max_workers=self._processes,
                mp_context=get_context("spawn"),
                initializer=_start_worker,
                initargs=(folder,),
            ) as pool,
        ):
            resource_tracker.ensure_running()  # it ends blocking of signals when it starts
            with interrupt.held():
                futures = {pool.submit(work.run, job): name for name, job in jobs.items()}
            try:
                for future in as_completed(futures):
                    yield Done(futures[future], future.result())
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                raise

    def close(self) -> None:
        """Do nothing: the processes have ended with their jobs."""


def _start_worker(folder: str) -> None:
    """Make Ctrl-C end a worker at once and silently.

    The parent process removes `folder`, its temporary folder.
    """
    interrupt.end_silently()
    tempfile.tempdir = folder
    lifeline.follow_parent()
