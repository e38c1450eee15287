"""The executor that options name."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from scons_tinyml.stages.executors.cluster import Cluster
from scons_tinyml.stages.executors.dispatch import Dispatch, Roster
from scons_tinyml.stages.executors.options import check_options
from scons_tinyml.stages.executors.processes import Processes
from scons_tinyml.stages.executors.work import Done, Executor, Job, Name, Result, Work


class OnCluster:
    """Jobs on a cluster, which `connect` returns; it is called at the first job."""

    def __init__(self, connect: Callable[[], Cluster]) -> None:
        self._connect = connect
        self._cluster: Cluster | None = None
        self._roster = Roster()

    def results(self, work: Work[Job, Result], jobs: Mapping[Name, Job]) -> Iterator[Done[Name, Result]]:
        """Yield the result of every job. Raises ClusterProblem."""
        if jobs:
            self._cluster = self._cluster or self._connect()
            yield from Dispatch(self._cluster, work, jobs, self._roster).results()

    def close(self) -> None:
        """Leave the cluster."""
        if self._cluster is not None:
            self._cluster.close()


@contextmanager
def executor(scheduler: str, workers: str, environment: Mapping[str, str]) -> Iterator[Executor]:
    """Yield the executor for the options scheduler= and workers=, '' for none; close it in the end.

    `environment` is for workers that this process starts. Raises InputError, MissingExtra.
    """
    check_options(scheduler, workers)
    found = _executor(scheduler, workers, environment)
    try:
        yield found
    finally:
        found.close()


def _executor(scheduler: str, workers: str, environment: Mapping[str, str]) -> Executor:
    if not scheduler and not workers:
        return Processes()
    from scons_tinyml.stages.executors import dask

    dask.require_dask("scheduler" if scheduler else "workers")
    if scheduler:
        return OnCluster(lambda: dask.connect(scheduler))
    return OnCluster(lambda: dask.start(int(workers), environment))
