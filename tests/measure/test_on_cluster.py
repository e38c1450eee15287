"""Benches on workers: the rows are those of this machine's processes, from workers with the same compiler alone."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from dataclasses import replace
from shutil import which

import pytest

from scons_tinyml.costs.database import CostDatabase
from scons_tinyml.records.typed import WrongValue
from scons_tinyml.records.wire import from_wire, to_wire
from scons_tinyml.stages.executors import processes
from scons_tinyml.stages.lowering.core import Core
from scons_tinyml.stages.lowering.implementation import GeneratedCode, Implementation, implementations
from scons_tinyml.stages.lowering.lower import lower
from scons_tinyml.stages.lowering.sources import KernelSources
from scons_tinyml.stages.measure import __main__ as measure
from scons_tinyml.stages.measure import bench_work, campaign
from scons_tinyml.stages.measure.bench import BenchResult, run_bench
from scons_tinyml.stages.measure.bench_work import BenchWork, open_kit
from scons_tinyml.stages.measure.measuring import read_measuring
from scons_tinyml.stages.measure.requests import CampaignRequest, MeasureRequest
from scons_tinyml.stages.request import arguments
from support.benches import make_bench
from support.dask_processes import PATIENCE_S, ROOT, dask_processes
from support.networks import small_int8

ONCE_EVERY = "2026-11-30T12:00:00+00:00"


@pytest.fixture(scope="module")
def bench(tmp_path_factory):
    return make_bench("stm32l4", tmp_path_factory.mktemp("bench"))


@pytest.fixture(autouse=True)
def same_second(monkeypatch):
    monkeypatch.setattr(campaign, "utc_now", lambda: ONCE_EVERY)


def files_in(folder):
    """Return the files that the stage writes in `folder`."""
    names = ("measurements", "schedules")
    return {"costs": folder / "costs.sqlite3", **{name: folder / f"{name}.json" for name in names}}


def run(bench, folder, **options):
    """Measure into a database in `folder`; return its rows and proofs, and the measurements of the stage."""
    made = files_in(folder)
    measure.main(MeasureRequest(**{**bench.request, **made, **options}))
    with CostDatabase.open(made["costs"]) as database:
        rows = list(database.all_rows())
        proofs = [replace(proof, checked_at="") for proof in database.all_proofs()]
    return rows, proofs, json.loads(made["measurements"].read_text())


@pytest.fixture(scope="module")
def expected(bench, tmp_path_factory):
    """What this process measures."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(processes, "INLINE_JOBS", 100)
        patch.setattr(campaign, "utc_now", lambda: ONCE_EVERY)
        return run(bench, tmp_path_factory.mktemp("expected"))


def wrapped_compiler(folder):
    """Make a compiler that is another program, though it compiles the same."""
    path = folder / "arm-none-eabi-gcc"
    path.write_text(f'#!/bin/sh\nexec {which(path.name)} "$@"\n')
    path.chmod(0o755)
    return folder


def test_rows_of_workers_are_equal_and_another_compiler_is_refused_by_name(bench, expected, tmp_path, capsys):
    assert len(expected[0]) == 6
    (tmp_path / "other").mkdir()
    with dask_processes(tmp_path) as cluster:
        cluster.work("another", PATH=wrapped_compiler(tmp_path / "other"))
        cluster.work("same")
        assert run(bench, tmp_path, scheduler=cluster.address) == expected
    warning = capsys.readouterr().err
    assert "tinyml: warning: worker another (tcp://127.0.0.1:" in warning
    assert "is refused: compiler: found 'arm-none-eabi-gcc (" in warning
    assert "; have the same arm-none-eabi-gcc first on the PATH of the worker\n" in warning
    assert "worker same" not in warning


@pytest.fixture(scope="module")
def jobs(bench):
    """Every job of the campaign, with the work that they are of."""
    found = read_measuring(CampaignRequest(**bench.request)).campaign
    trials = found.trials(variants=True)
    return BenchWork(found.builder), {str(trial): found.job(trial, timing=True) for trial in trials}


def test_a_bench_is_the_same_after_the_way(jobs):
    work, every = jobs
    assert len(every) >= 6
    for job in every.values():
        found = from_wire(bench_work._Task, work.task(job))
        bench = job.bench
        assert (found.graph, found.item, found.samples) == (bench.graph, bench.item, bench.samples)
        assert (found.item.digest, found.item.in_ram) == (bench.item.digest, bench.item.in_ram)


def test_a_result_depends_on_kit_and_task_alone(jobs, tmp_path, monkeypatch):
    """On a machine with none of our files but the modules: as if these were never here."""
    work, every = jobs
    kit, (name, job) = work.kit(), next(iter(every.items()))
    task, here = work.task(job), run_bench(job)
    monkeypatch.chdir(tmp_path)
    opened = open_kit(kit, tmp_path / "kit")
    assert dict(opened.facts()) == {name: fact.value for name, fact in work.facts().items()}
    texts = {opened.run(task) for _ in range(2)}
    assert {work.result(text) for text in texts} == {here}, name
    assert len(texts) == 1


def test_generated_code_travels_too(bench, jobs, tmp_path):
    """Every implementation of the shipped sets; one of the generated ones runs as it does here."""
    sources, graph = KernelSources.read([ROOT / "kernels"]), small_int8()
    lowered = lower(graph, sources.providers, Core.of(bench.board))
    found = [item for items in lowered.values() for item in implementations(items)]
    assert [from_wire(Implementation, to_wire(item)).digest for item in found] == [
        item.digest for item in found
    ]
    job = next(iter(jobs[1].values()))
    layer = next(
        n for n, layer in enumerate(graph.layers) if layer.operator == job.bench.graph.layers[0].operator
    )
    item = next(item for item in implementations(lowered[layer]) if isinstance(item.code, GeneratedCode))
    builder = replace(job.builder, include_folders=sources.include_folders)
    generated = replace(job, bench=replace(job.bench, item=item), builder=builder)
    work = BenchWork(builder)
    opened = open_kit(work.kit(), tmp_path)
    opened.facts()
    here = run_bench(generated)
    assert work.result(opened.run(work.task(generated))) == here
    assert here.cycles > 0 and here.fault is None


def test_a_machine_without_the_compiler_says_so(jobs, tmp_path, monkeypatch):
    kit = jobs[0].kit()
    monkeypatch.setenv("PATH", str(tmp_path))
    found = open_kit(kit, tmp_path / "kit").facts()["compiler"]
    assert found.startswith("compiler 'arm-none-eabi-gcc' is not on PATH")


@pytest.mark.parametrize("name", ["../startup.o", "/tmp/x", "a/../../x", "", ".", "a\0b"])
def test_a_kit_writes_inside_of_its_folder_alone(jobs, tmp_path, name):
    text = from_wire(bench_work._KitText, jobs[0].kit())
    hostile = replace(text, archives=(bench_work._File(name, b"x"),))
    with pytest.raises(WrongValue, match="expected one inside of the kit"):
        open_kit(to_wire(hostile), tmp_path / "kit")
    assert [path.name for path in tmp_path.iterdir()] == ["kit"]


RESULT = BenchResult(cycles=1000, instructions=900, compared_bytes=8, differing_bytes=0, max_ulps=0)


@pytest.mark.parametrize(
    "change",
    [
        {"cycles": -1},
        {"cycles": 2**60},
        {"differing_bytes": 9},
        {"fault": "\x1b[2J"},
        {"misfit": "x" * 1001},
        {"max_ulps": True},
        {"instructions": 1.5},
    ],
)
def test_results_that_no_run_has_are_refused(jobs, change):
    assert jobs[0].result(to_wire(RESULT)) == RESULT
    with pytest.raises(WrongValue):
        jobs[0].result(to_wire(replace(RESULT, **change)))


def rows_in(database):
    """Return the number of rows in the file `database`; 0 while there is none."""
    try:
        with closing(sqlite3.connect(f"{database.as_uri()}?mode=ro", uri=True)) as opened:
            return opened.execute("select count(*) from costs").fetchone()[0]
    except sqlite3.Error:
        return 0


def wait_for(condition, name):
    deadline_s = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline_s, f"no {name} within {PATIENCE_S} s"
        time.sleep(0.02)


def is_gone(group):
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return True
    return False


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_a_stop_loses_no_row_and_leaves_nothing_running(bench, expected, tmp_path, how, request):
    """Ctrl-C reaches all processes of a terminal, kill -9 the stage alone: workers of this machine end with it."""
    if request.config.getoption("effort") == 1:
        pytest.skip("starts many processes, twice: --effort=2 runs it")
    made = files_in(tmp_path)
    call = MeasureRequest(**{**bench.request, **made}, workers="2")
    words = [sys.executable, "-P", "-m", "scons_tinyml.stages", "measure", *arguments(call)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "site_scons")}
    stage = subprocess.Popen(
        words, env=environment, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    wait_for(lambda: rows_in(made["costs"]) >= 1 or stage.poll() is not None, "row")
    if how == signal.SIGINT:
        os.killpg(stage.pid, how)
    else:
        stage.kill()
    errors = stage.communicate(timeout=PATIENCE_S)[1]
    wait_for(lambda: is_gone(stage.pid), "end of all processes")
    stored = rows_in(made["costs"])
    assert 1 <= stored < len(expected[0]), errors
    if how == signal.SIGINT:
        assert stage.returncode == 130, errors
        assert errors.endswith("tinyml: interrupted; run the same command again to go on\n")
        assert "Traceback" not in errors
    rows, _, measurements = run(bench, tmp_path, workers="1")
    assert len(rows) == len(expected[0])
    assert [row.key for row in rows] == [row.key for row in expected[0]]
    assert [row.cycles for row in rows] == [row.cycles for row in expected[0]]
    assert measurements.keys() == expected[2].keys()
