"""Flash, RAM and cycles of whole networks: our kernels, CMSIS-NN's, the best of both, and bakenn 1.0.0 beside them.

    python benchmarks/peers.py [--bakenn PYTHON] [--board stm32l4r5] [--json] [NETWORK.tflite | FOLDER ...]

Without arguments: the int8 networks of models/mlperf_tiny_*. bakenn is not part of this project. For its
rows, install it into an environment of its own, and give the Python of that:

    python -m venv bakenn && bakenn/bin/pip install 'bakenn[tflite]==1.0.0'
    python benchmarks/peers.py --bakenn bakenn/bin/python

All images have the same compiler, start-up code, linker script and emulator, and run on the same samples; cycles are
those of the slowest. RAM is data, arena and stack, with buffers of input and output. Outputs are compared with the
oracle's. peers_bakenn.py describes the build of bakenn's C, peers_adapted.py the changes to files that bakenn refuses.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "site_scons"))

from peers_adapted import adapted  # noqa: E402
from peers_bakenn import LEVELS, Refused, bake, measure  # noqa: E402

from scons_tinyml.records.board import Board, read_board  # noqa: E402
from scons_tinyml.reports.cells import Cell, Column, Table  # noqa: E402
from scons_tinyml.reports.table import print_table  # noqa: E402

OURS = {"reference": ["kernels=reference"], "CMSIS-NN": ["kernels=cmsis_nn"], "best per layer": []}
LIMITS = ["flash=8 MiB", "ram=8 MiB", "latency=100 s"]
FOLDER = ROOT / "build" / "peers"


@dataclass(frozen=True)
class Row:
    """One network by one engine. Without an image, numbers are None, and `refused` is the reason."""

    network: str
    engine: str
    flash_bytes: int | None = None
    ram_bytes: int | None = None
    cycles: int | None = None
    differing_bytes: int | None = None
    max_ulps: int = 0
    refused: str = ""


def main() -> None:
    """Build, run, print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("networks", nargs="*", type=Path)
    parser.add_argument("--board", default="stm32l4r5")
    parser.add_argument("--bakenn", type=Path, help="a Python in which bakenn[tflite]==1.0.0 is installed")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    board = read_board(ROOT / "boards" / f"{options.board}.toml")
    rows = []
    for network in found(options.networks) or shipped(board):
        for row in rows_of(board, network, options.bakenn):
            print(f"{row.network}, {row.engine}: {row.refused or row.cycles}", file=sys.stderr)
            rows.append(row)
    if options.json:
        print(json.dumps([asdict(row) for row in rows], indent=2))
    else:
        print_table(table(rows), sys.stdout)


def found(paths: list[Path]) -> list[Path]:
    """Return the given files, and all networks of given folders."""
    return [file for path in paths for file in (sorted(path.glob("*.tflite")) if path.is_dir() else [path])]


def shipped(board: Board) -> list[Path]:
    """Return the int8 files of the MLPerf Tiny networks of this project, which have random weights."""
    return [made(board, path.name) for path in sorted((ROOT / "models").glob("mlperf_tiny_*"))]


def made(board: Board, model: str) -> Path:
    """Make the int8 file of a model of the project, under a name that no model has."""
    file = ROOT / "build" / "common" / "models" / model / "int8.tflite"
    scons(board, model, [str(file.relative_to(ROOT))])
    copy = FOLDER / f"{model}_int8.tflite"
    copy.parent.mkdir(parents=True, exist_ok=True)
    copy.write_bytes(file.read_bytes())
    return copy


def rows_of(board: Board, network: Path, bakenn: Path | None) -> Iterator[Row]:
    """Yield rows of the file and, if bakenn refuses it, of an adapted file."""
    yield from ours(board, network)
    if bakenn is None:
        return
    rows = list(theirs(board, network, bakenn))
    yield from rows
    if rows[0].refused:
        changed = adapted(network.read_bytes())
        simpler = FOLDER / f"{network.stem}_adapted.tflite"
        simpler.parent.mkdir(parents=True, exist_ok=True)
        simpler.write_bytes(changed.data)
        rows = list(theirs(board, simpler, bakenn, network))
        if changed.shorter and not rows[0].refused:
            rows = [*ours(board, simpler), *rows]
        for row in rows:
            yield replace(row, network=f"{network.stem}, {changed.words}")


def ours(board: Board, network: Path) -> Iterator[Row]:
    """Build with each choice of kernels, and yield a row for each."""
    for engine, options in OURS.items():
        message = scons(board, str(network.resolve()), options)
        if message:
            yield Row(network.stem, engine, refused=message)
            continue
        file = ROOT / "build" / board.name / network.stem / "report.json"
        report = json.loads(file.read_bytes())
        exact = report["bit_exact"]
        sizes = (report["flash_bytes"], report["ram_bytes"], report["cycles"])
        yield Row(network.stem, engine, *sizes, exact["differing_bytes"], exact["max_ulps"])


def scons(board: Board, model: str, options: list[str]) -> str:
    """Build, and return the first line of its error, or an empty text. Exceeded budgets do not matter."""
    command = [sys.executable, "-m", "SCons", "-Q", f"target={board.name}", f"model={model}"]
    command += [*LIMITS, *options]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode in (3, 4):
        raise SystemExit(done.stderr)
    errors = (line for line in done.stderr.splitlines() if line.startswith("tinyml: error: "))
    return next(errors, "scons failed").removeprefix("tinyml: error: ") if done.returncode else ""


def theirs(board: Board, network: Path, bakenn: Path, original: Path | None = None) -> Iterator[Row]:
    """Return a row for bakenn's code at each level of optimization, on the original's samples, or the refusal."""
    generated = bake(bakenn, network, FOLDER / network.stem)
    if isinstance(generated, Refused):
        yield Row(network.stem, "bakenn", refused=generated.reason)
        return
    samples = ROOT / "build" / "common" / "models" / (original or network).stem / "samples.npz"
    for level in LEVELS:
        found = measure(board, network, samples, generated, level)
        yield Row(network.stem, f"bakenn {level}", *asdict(found).values())


def table(rows: list[Row]) -> Table:
    """Return a table of flash, RAM, cycles and output of each engine on each network."""
    columns = (Column("network"), Column("engine"), Column("flash", "count"), Column("RAM", "count"))
    return Table((*columns, Column("cycles", "cycles"), Column("output")), tuple(map(cells, rows)))


def cells(row: Row) -> tuple[Cell, ...]:
    """Return the cells of one row."""
    return row.network, row.engine, row.flash_bytes, row.ram_bytes, row.cycles, output(row)


def output(row: Row) -> str:
    """Return the comparison of the output with the oracle's, or why there is none."""
    if row.refused:
        return f"refused: {row.refused}"
    if row.max_ulps:
        return f"within {row.max_ulps} ulps"
    return f"{row.differing_bytes} bytes differ" if row.differing_bytes else "the oracle's"


if __name__ == "__main__":
    main()
