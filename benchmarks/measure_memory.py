"""Memory of a measuring process: its growth per measured row.

    python benchmarks/measure_memory.py [--board stm32l4] [--rows 200]

This process measures the reference kernels of the shipped rows' layers one after the other, like a worker of a build.
The first rows fill caches, so the growth is that of the second half. The goal is at most 0.1 MB a row, 500 MB in all.
"""

from __future__ import annotations

import argparse
import itertools
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT / "site_scons"), str(ROOT / "tests")]

from scons_tinyml.costs.packs.files import read_loose  # noqa: E402
from scons_tinyml.library import compile_kernels, open_workspace  # noqa: E402
from scons_tinyml.stages.lowering.core import Core  # noqa: E402
from scons_tinyml.stages.lowering.lower import lower  # noqa: E402
from scons_tinyml.stages.measure.bench import BenchJob, LayerBench, run_bench  # noqa: E402
from support.memory import resident_bytes  # noqa: E402
from support.seed_layers import OPERATORS, layer_of, sample_of  # noqa: E402

KERNELS, SET = ROOT / "kernels", "reference"
MB = 1e6
MOST_GROWTH_MB, MOST_MB = 0.1, 500


def main() -> None:
    """Measure and print; exit with 1 when a goal is missed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--board", default="stm32l4")
    parser.add_argument("--rows", type=int, default=200)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="tinyml-memory-") as folder:
        found = itertools.cycle(list(jobs(options.board, Path(folder))))
        taken = [grown(job) for job in itertools.islice(found, options.rows)]
    half = len(taken) // 2
    growth = (taken[-1] - taken[half]) / (len(taken) - half - 1)
    print(
        f"{options.rows} rows on {options.board}: {taken[0]:.0f} MB after the first, {taken[half]:.0f} MB after half,"
    )
    print(
        f"{taken[-1]:.0f} MB after the last, at most {max(taken):.0f} MB; {growth:.2f} MB a row in the second half"
    )
    sys.exit(growth > MOST_GROWTH_MB or max(taken) > MOST_MB)


def jobs(board_name: str, folder: Path) -> Iterator[BenchJob]:
    """Yield a bench for each operator that layers can be made of, with the cheapest of its rows."""
    board = ROOT / "boards" / f"{board_name}.toml"
    workspace = open_workspace(board, folder, sets=[SET])
    ordered = sorted(read_loose(KERNELS / "costs" / f"{board_name}.jsonl"), key=lambda row: -row.cycles)
    rows = {row.key.operator: row for row in ordered if row.key.kernel.startswith(f"{SET}/")}
    for operator in sorted(rows.keys() & OPERATORS):
        graph = layer_of(rows[operator])
        items = lower(graph, workspace.sources.providers, Core.of(workspace.board))[0]
        found = next(item for item in items if item.name == rows[operator].key.kernel)
        yield BenchJob(
            bench=LayerBench(graph, found, (sample_of(graph),)),
            builder=compile_kernels(workspace, [found]),
            timing=True,
        )


def grown(job: BenchJob) -> float:
    """Measure a row, and return the MB that this process then takes."""
    run_bench(job)
    return resident_bytes() / MB


if __name__ == "__main__":
    main()
