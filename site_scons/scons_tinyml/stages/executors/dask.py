"""Dask distributed as a cluster: calls go to workers that we name, so Dask itself schedules nothing.

Dask takes pickles from everyone who reaches its scheduler. Of ours, only texts travel.
"""

from __future__ import annotations

import gc
import logging
import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from multiprocessing import resource_tracker
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from scons_tinyml.records.errors import ClusterProblem, MissingExtra
from scons_tinyml.resources import version
from scons_tinyml.stages import interrupt
from scons_tinyml.stages.executors import local_worker, worker
from scons_tinyml.stages.executors.cluster import Call, Ended

if TYPE_CHECKING:
    from distributed import Client, Future

CONNECT_S = 10.0
"""Seconds that a scheduler has for its first answer."""
_WAIT_S = 0.25
_CLOSE_S = 5.0
_CALL = f"__import__('importlib').import_module({worker.__name__!r}).__dict__[function](*arguments)"
"""Expression that calls a function of `worker`. A pickle of the function would end a worker that lacks our modules, and
the scheduler would need them too; so it is an answer like any other."""
_RESTART = "start it again, as with: dask scheduler"


class DaskCluster:
    """A client of a scheduler. `end` ends the scheduler, if this process began it."""

    def __init__(self, client: Client, where: str, end: Callable[[], object] = lambda: None) -> None:
        self.where = where
        self._client, self._end = client, end
        self._begun = 0
        self._prefix = f"tinyml-{uuid4().hex}"
        self._futures: dict[int, Future[Any]] = {}
        self._ended: SimpleQueue[int] = SimpleQueue()

    def members(self) -> Mapping[str, str]:
        """Return the names of the workers by their addresses."""
        self._require_scheduler()
        try:
            found = self._client.scheduler_info(n_workers=-1)["workers"]
        except Exception as error:
            raise self._lost(str(error)) from None
        return {address: str(about.get("name", address)) for address, about in found.items()}

    def begin(self, call: Call) -> int:
        """Begin a call of a function of the module `worker`."""
        self._require_scheduler()
        self._begun += 1
        number = self._begun
        try:
            future = self._client.submit(
                eval,
                _CALL,
                {"function": call.function, "arguments": call.arguments},
                key=f"{self._prefix}-{number}",
                workers=[call.address],
                allow_other_workers=False,
                pure=False,
            )
        except Exception as error:
            raise self._lost(str(error)) from None
        self._futures[number] = future
        future.add_done_callback(lambda _: self._ended.put(number))
        return number

    def wait(self) -> Sequence[Ended]:
        """Return the calls that have ended, with their answers."""
        numbers = []
        with suppress(Empty):
            numbers.append(self._ended.get(timeout=_WAIT_S))
            while True:
                numbers.append(self._ended.get_nowait())
        return [self._outcome(number) for number in numbers if number in self._futures]

    def forget(self, calls: Sequence[int]) -> None:
        """Cancel calls, as far as the scheduler is there."""
        futures = [self._futures.pop(number) for number in calls if number in self._futures]
        if futures and self._client.status == "running":
            with suppress(Exception):
                self._client.cancel(futures, force=True)

    def close(self) -> None:
        """Leave the scheduler, and end it if it is ours."""
        self._futures.clear()
        with suppress(Exception):
            self._client.close(timeout=_CLOSE_S)
        with suppress(Exception):
            self._end()

    def _outcome(self, number: int) -> Ended:
        future = self._futures.pop(number)
        if future.status == "cancelled":  # not by us, as we forget what we cancel
            raise self._lost("the connection ended")
        if future.status == "finished":
            try:
                return Ended(number, answer=future.result(timeout=CONNECT_S))
            except Exception as error:
                self._require_scheduler()
                return Ended(number, problem=_text(error))
        return Ended(number, problem=_of_worker(future.exception(timeout=CONNECT_S)))

    def _require_scheduler(self) -> None:
        if self._client.status != "running":
            raise self._lost("the connection ended")

    def _lost(self, reason: str) -> ClusterProblem:
        return ClusterProblem(f"the scheduler is lost: {reason}", where=self.where, hint=_RESTART)


def connect(address: str) -> DaskCluster:
    """Return the cluster of the scheduler at `address`. Raises ClusterProblem, MissingExtra."""
    from distributed import Client

    _be_quiet()
    try:
        return DaskCluster(
            Client(address, timeout=CONNECT_S, set_as_default=False, name="scons-tinyml"), address
        )
    except Exception as error:
        reason = _text(error)
    gc.collect()  # a client that did not connect ends here: on Dask's own thread, it would wait for that thread
    raise ClusterProblem(
        f"no scheduler answers: {reason}",
        where=address,
        hint="dask scheduler starts one, and prints its address; "
        "tls:// needs the certificates that Dask's configuration names",
    )


def start(workers: int, environment: Mapping[str, str]) -> DaskCluster:
    """Return a cluster of `workers` processes of this machine, which sees `environment` in addition to ours.

    Its connections are encrypted with keys that only this process and its workers have: others of this machine who
    reach its port get no answer. Raises ClusterProblem, MissingExtra.
    """
    from distributed import Client, LocalCluster
    from distributed.security import Security

    _be_quiet()
    security = Security.temporary()
    resource_tracker.ensure_running()  # it ends blocking of signals when it starts
    try:
        with interrupt.held():  # workers start with SIGINT blocked, until local_worker has its way with it
            cluster = LocalCluster(
                n_workers=workers,
                threads_per_worker=1,
                processes=True,
                host="127.0.0.1",
                dashboard_address=None,
                worker_dashboard_address=None,
                silence_logs=logging.CRITICAL,
                security=security,
                env={**_environment(), **environment},
                preload=local_worker.__name__,
            )
        client = Client(cluster, timeout=CONNECT_S, set_as_default=False, security=security)
        return DaskCluster(client, cluster.scheduler_address, lambda: cluster.close(timeout=_CLOSE_S))
    except Exception as error:
        reason = _text(error)
    gc.collect()  # as in `connect`
    raise ClusterProblem(f"{workers} workers of this machine do not start: {reason}", key="workers")


def require_dask(key: str) -> None:
    """Raise MissingExtra unless Dask is installed; `key` is the option that needs it."""
    from importlib.util import find_spec

    if find_spec("distributed") is None:
        raise MissingExtra(
            "dask",
            "needs Dask, and the package distributed is not installed",
            otherwise="without it, all processors of this machine measure",
            where="command line",
            key=key,
        )


def _be_quiet() -> None:
    """Keep Dask's log from stderr: what matters becomes an error or a warning of ours."""
    for name in ("distributed", "tornado", "asyncio", "bokeh"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    for name in list(logging.root.manager.loggerDict):
        if name.startswith("distributed."):
            logging.getLogger(name).setLevel(logging.CRITICAL)


def _environment() -> dict[str, str]:
    """Return variables of workers: no log, no warnings, and no profiler, which looks at them 100 times a second."""
    return {
        "DASK_DISTRIBUTED__WORKER__PROFILE__ENABLED": "False",
        "DASK_LOGGING__DISTRIBUTED": "critical",
        "PYTHONWARNINGS": os.environ.get("PYTHONWARNINGS", "ignore"),
    }


def _of_worker(error: BaseException | None) -> str:
    if isinstance(error, ImportError):
        return f"it lacks modules ({error}); pip install 'scons-tinyml[dask]=={version()}' there"
    return _text(error)


def _text(error: BaseException | None) -> str:
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
