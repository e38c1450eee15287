"""Trials a second against workers, and what an executor itself takes of each trial.

    python benchmarks/measure_scale.py [--board stm32l4] [--workers 1,2] [--trials 120] [--idle 2000]

Trials are those of the reference kernels on the shipped rows' layers: compiled, linked, and run in the emulator.
They run in processes of this machine, and on as many Dask workers of this machine. The rate counts from the first
result to the last one, so it leaves out how long processes take to begin, which is shown beside it. 'Here' is the share
of a processor that this process takes meanwhile: the pool, or Dask's scheduler and client. Idle trials compute nothing:
they take what the executor takes. The goals: at most 10 % of a processor here, and at most 20 ms an idle trial.
"""

from __future__ import annotations

import argparse
import itertools
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT / "site_scons"), str(ROOT / "tests")]

from scons_tinyml.costs.packs.files import read_loose  # noqa: E402
from scons_tinyml.library import compile_kernels, open_workspace  # noqa: E402
from scons_tinyml.stages.executors import dask  # noqa: E402
from scons_tinyml.stages.executors.choose import OnCluster  # noqa: E402
from scons_tinyml.stages.executors.idle import IdleWork  # noqa: E402
from scons_tinyml.stages.executors.processes import Processes  # noqa: E402
from scons_tinyml.stages.executors.work import Executor, Job, Result, Work  # noqa: E402
from scons_tinyml.stages.lowering.core import Core  # noqa: E402
from scons_tinyml.stages.lowering.lower import lower  # noqa: E402
from scons_tinyml.stages.measure.bench import BenchJob, LayerBench  # noqa: E402
from scons_tinyml.stages.measure.bench_work import BenchWork  # noqa: E402
from scons_tinyml.stages.native_code.prepare import prepare  # noqa: E402
from support.seed_layers import OPERATORS, layer_of, sample_of  # noqa: E402

KERNELS, SET = ROOT / "kernels", "reference"
MOST_IDLE_S, MOST_HERE = 0.020, 0.10
SITE = {"PYTHONPATH": str(ROOT / "site_scons")}
KINDS: Mapping[str, Callable[[int], Executor]] = {
    "processes": Processes,
    "dask": lambda workers: OnCluster(lambda: dask.start(workers, SITE)),
}


def main() -> None:
    """Measure and print; exit with 1 when a goal is missed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--board", default="stm32l4")
    parser.add_argument("--workers", default="1,2")
    parser.add_argument("--trials", type=int, default=120)
    parser.add_argument("--idle", type=int, default=2000)
    options = parser.parse_args()
    numbers = [int(number) for number in options.workers.split(",")]
    with tempfile.TemporaryDirectory(prefix="tinyml-scale-") as folder:
        found = jobs(options.board, Path(folder))
        prepare(found[0].builder.board.core)
        print(f"{'executor':10} {'workers':>7} {'begin':>8} {'trials/s':>9} {'here':>10} {'idle':>13}")
        taken = list(_rows(found, numbers, options.trials, options.idle))
    idle_s, here = (max(one) for one in zip(*taken, strict=True))
    print(f"at most {1e3 * idle_s:.1f} ms an idle trial, and {here:.1%} of a processor here")
    sys.exit(idle_s > MOST_IDLE_S or here > MOST_HERE)


def jobs(board_name: str, folder: Path) -> list[BenchJob]:
    """Return a bench for each operator that layers can be made of, with the cheapest of its rows."""
    workspace = open_workspace(ROOT / "boards" / f"{board_name}.toml", folder, sets=[SET])
    ordered = sorted(read_loose(KERNELS / "costs" / f"{board_name}.jsonl"), key=lambda row: -row.cycles)
    rows = {row.key.operator: row for row in ordered if row.key.kernel.startswith(f"{SET}/")}
    graphs = {name: layer_of(row) for name, row in rows.items() if name in OPERATORS}
    items = {
        name: next(
            item
            for item in lower(graph, workspace.sources.providers, Core.of(workspace.board))[0]
            if item.name == rows[name].key.kernel
        )
        for name, graph in graphs.items()
    }
    builder = compile_kernels(workspace, items.values())
    benches = [LayerBench(graph, items[name], (sample_of(graph),)) for name, graph in sorted(graphs.items())]
    return [BenchJob(bench, builder, timing=True) for bench in benches]


def _rows(found: list[BenchJob], numbers: list[int], trials: int, idle: int) -> Iterator[tuple[float, float]]:
    """Print a line for each executor and number of workers; yield seconds of an idle trial, and the share here."""
    every = dict(enumerate(itertools.islice(itertools.cycle(found), trials)))
    for number, (kind, make) in itertools.product(numbers, KINDS.items()):
        real = _run(make(number), BenchWork(found[0].builder), every)
        empty = _run(make(number), IdleWork(), dict.fromkeys(range(idle), 0.0))
        print(
            f"{kind:10} {number:7} {real.begin_s:6.1f} s {1 / real.each_s:9.2f} "
            f"{real.here:10.1%} {1e3 * empty.each_s:10.2f} ms",
            flush=True,
        )
        yield empty.each_s, real.here


@dataclass(frozen=True)
class _Run:
    """Seconds up to the first result, then for each further one, and the share of a processor of this process."""

    begin_s: float
    each_s: float
    here: float


def _run(executor: Executor, work: Work[Job, Result], every: Mapping[int, Job]) -> _Run:
    begun_s = time.perf_counter()
    ends = [(time.perf_counter(), time.process_time()) for _ in executor.results(work, every)]
    executor.close()
    (first_s, first_here_s), (last_s, last_here_s) = ends[0], ends[-1]
    count = len(ends) - 1
    return _Run(
        first_s - begun_s, (last_s - first_s) / count, (last_here_s - first_here_s) / (last_s - first_s)
    )


if __name__ == "__main__":
    main()
