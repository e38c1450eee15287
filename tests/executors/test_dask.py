"""Real schedulers and workers of Dask: none of what happens to them loses a job."""

import time

import pytest

from scons_tinyml.records.errors import ClusterProblem
from scons_tinyml.stages.executors import dask, dispatch
from scons_tinyml.stages.executors.choose import OnCluster
from scons_tinyml.stages.executors.idle import IdleWork
from support.dask_processes import dask_processes

SHORT_S = 0.02


def times(count):
    return dict.fromkeys(range(count), SHORT_S)


def test_workers_come_and_go_and_the_scheduler_is_lost(tmp_path, capsys):
    (tmp_path / "scons_tinyml").mkdir()
    (tmp_path / "scons_tinyml" / "__init__.py").touch()
    with dask_processes(tmp_path) as processes:
        processes.work("one")
        processes.work("two")
        processes.work("without", PYTHONPATH=tmp_path)
        executor = OnCluster(lambda: dask.connect(processes.address))
        seen = set()
        for done in executor.results(IdleWork(), times(200)):
            assert done.result == SHORT_S
            seen.add(done.name)
            if "two" in done.worker and processes.workers["two"].poll() is None:
                processes.workers["two"].kill()  # in the middle
        assert seen == set(range(200))
        assert " is refused: it lacks modules (No module named 'scons_tinyml.stages'); pip install " in (
            capsys.readouterr().err
        )
        assert processes.workers["two"].poll() is not None

        found, stored = executor.results(IdleWork(), times(10_000)), 0
        with pytest.raises(ClusterProblem) as caught:
            for _ in found:
                stored += 1
                processes.scheduler.kill()
        executor.close()
    assert stored >= 1
    assert str(caught.value).startswith(f"{processes.address}: the scheduler is lost: ")
    assert "start it again, as with: dask scheduler" in str(caught.value)


def test_no_scheduler_answers(monkeypatch):
    monkeypatch.setattr(dask, "CONNECT_S", 0.5)
    with pytest.raises(ClusterProblem, match=r"tcp://127.0.0.1:1: no scheduler answers: "):
        dask.connect("tcp://127.0.0.1:1")


def test_workers_of_this_machine_are_begun_and_ended(monkeypatch):
    """Others of this machine reach their ports, and get no answer, as they have not the keys."""
    monkeypatch.setattr(dask, "CONNECT_S", 2.0)
    executor = OnCluster(lambda: dask.start(1, {}))
    begun = time.monotonic()
    found = {done.name: done.result for done in executor.results(IdleWork(), dict.fromkeys(range(5), 0.0))}
    assert found == dict.fromkeys(range(5), 0.0)
    assert time.monotonic() - begun < dispatch.PATIENCE_S
    where = executor._cluster.where
    assert where.startswith("tls://127.0.0.1:")
    for address in (where, where.replace("tls", "tcp")):
        with pytest.raises(ClusterProblem, match="no scheduler answers"):
            dask.connect(address)
    executor.close()
