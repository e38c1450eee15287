"""Flash, RAM and latency of whole networks: CMSIS-NN, all kernels with less and with more memory, and bakenn 1.0.0.

    python benchmarks/peers.py [--bakenn PYTHON] [--board stm32l4r5 ...] [--engine fastest ...] [--json]
        [NETWORK.tflite | FOLDER ...]

Without arguments: the int8 networks of models/mlperf_tiny_*. "CMSIS-NN" has the reference kernels where CMSIS-NN has
none. The others choose among all kernels: "lean" with at most twice the flash of CMSIS-NN, and at most three times the
RAM of "least RAM" or 8 KiB; "fastest" without a limit; "tightly coupled" likewise, with activations in such RAM, where
the board has some and builds use another by themselves; "all channels" is the fastest without leaving out channels that
are the same for every input, where there are such channels. --engine leaves out rows of all others but bakenn's. bakenn
is not part of this project. For its rows, install it into an environment of its own, and give the Python of that:

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
from collections.abc import Collection, Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "site_scons"))

from peers_adapted import adapted  # noqa: E402
from peers_bakenn import LEVELS, Refused, bake, measure  # noqa: E402

from scons_tinyml.records.board import Board, read_board  # noqa: E402
from scons_tinyml.reports.cells import Cell, Column, Table  # noqa: E402
from scons_tinyml.reports.table import print_table  # noqa: E402

LATENCY = "latency=1000 s"
REFERENCE, CMSIS_NN, LEAST_RAM, LEAN, FASTEST, COUPLED, ALL_CHANNELS = ENGINES = (
    "reference",
    "CMSIS-NN",
    "least RAM",
    "lean",
    "fastest",
    "tightly coupled",
    "all channels",
)
OPTIONS = {
    REFERENCE: ("kernels=reference",),
    CMSIS_NN: ("kernels=cmsis_nn,reference",),
    LEAST_RAM: ("optimize=ram",),
    FASTEST: (),
    ALL_CHANNELS: ("fold_constant_channels=no",),
}
BEFORE = {LEAN: (CMSIS_NN, LEAST_RAM), ALL_CHANNELS: (FASTEST,)}
"""Engines whose figures another one needs."""
FOLDER = ROOT / "build" / "peers"


@dataclass(frozen=True)
class Row:
    """One network by one engine. Without an image, numbers are None, and `refused` is the reason."""

    board: str
    network: str
    engine: str
    flash_bytes: int | None = None
    ram_bytes: int | None = None
    cycles: int | None = None
    milliseconds: float | None = None
    differing_bytes: int | None = None
    max_ulps: int = 0
    refused: str = ""


def main() -> None:
    """Build, run, print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("networks", nargs="*", type=Path)
    parser.add_argument("--board", action="append", help="may be given several times; stm32l4r5 by default")
    parser.add_argument(
        "--engine", action="append", choices=ENGINES, help="may be given several times; all by default"
    )
    parser.add_argument("--bakenn", type=Path, help="a Python in which bakenn[tflite]==1.0.0 is installed")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    rows = []
    for name in options.board or ["stm32l4r5"]:
        board = read_board(ROOT / "boards" / f"{name}.toml")
        for network in found(options.networks) or shipped(board):
            for row in rows_of(board, network, options.engine or ENGINES, options.bakenn):
                print(
                    f"{row.board}, {row.network}, {row.engine}: {row.refused or row.cycles}", file=sys.stderr
                )
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


def rows_of(board: Board, network: Path, engines: Collection[str], bakenn: Path | None) -> Iterator[Row]:
    """Yield rows of the file and, if bakenn refuses it, of an adapted file."""
    yield from ours(board, network, engines)
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
            rows = [*ours(board, simpler, engines), *rows]
        for row in rows:
            yield replace(row, network=f"{network.stem}, {changed.words}")


def ours(board: Board, network: Path, engines: Collection[str]) -> Iterator[Row]:
    """Build with each choice of kernels in `engines`, and yield a row for each that differs from the one before."""
    needed = {name for engine in engines for name in (engine, *BEFORE.get(engine, ()))}
    rows: dict[str, Row] = {}
    for engine in (engine for engine in ENGINES if engine in needed):
        options = options_of(engine, board, rows)
        if options is None:
            continue
        rows[engine] = row = built(board, network, engine, *options)
        same = engine == ALL_CHANNELS and row.flash_bytes == rows[FASTEST].flash_bytes
        if engine in engines and not same:
            yield row


def options_of(engine: str, board: Board, rows: dict[str, Row]) -> tuple[str, ...] | None:
    """Return the options of `engine` on `board`, given the rows before it; None where it does not exist."""
    if engine == COUPLED:
        regions = (one.name for one in board.regions("arena")[1:] if one.tightly_coupled)
        return next(((f"activations={name}",) for name in regions), None)
    return lean_limits(rows) if engine == LEAN else OPTIONS[engine]


def lean_limits(rows: dict[str, Row]) -> tuple[str, ...] | None:
    """Return the limits of "lean" from rows of CMSIS-NN and least RAM, or None if either was refused."""
    flash, ram = rows[CMSIS_NN].flash_bytes, rows[LEAST_RAM].ram_bytes
    return (f"flash={2 * flash} B", f"ram={max(3 * ram, 8192)} B") if flash and ram else None


def built(board: Board, network: Path, engine: str, *options: str) -> Row:
    """Build the image of `network` with `options`, and return its figures or the refusal."""
    if message := scons(board, str(network.resolve()), options):
        return Row(board.name, network.stem, engine, refused=message)
    report = json.loads((ROOT / "build" / board.name / network.stem / "report.json").read_bytes())
    exact, cycles = report["bit_exact"], report["cycles"]
    return Row(
        board.name,
        network.stem,
        engine,
        report["flash_bytes"],
        report["ram_bytes"],
        cycles,
        1000 * cycles / board.clock,
        exact["differing_bytes"],
        exact["max_ulps"],
    )


def scons(board: Board, model: str, options: Iterable[str]) -> str:
    """Build, and return the first line of its error, or an empty text."""
    command = [
        sys.executable,
        "-m",
        "SCons",
        "-Q",
        f"target={board.name}",
        f"model={model}",
        LATENCY,
        *options,
    ]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode in (3, 4):
        raise SystemExit(done.stderr)
    errors = (line for line in done.stderr.splitlines() if line.startswith("tinyml: error: "))
    return next(errors, "scons failed").removeprefix("tinyml: error: ") if done.returncode else ""


def theirs(board: Board, network: Path, bakenn: Path, original: Path | None = None) -> Iterator[Row]:
    """Return a row for bakenn's code at each level of optimization, on the original's samples, or the refusal."""
    generated = bake(bakenn, network, FOLDER / network.stem)
    if isinstance(generated, Refused):
        yield Row(board.name, network.stem, "bakenn", refused=generated.reason)
        return
    samples = ROOT / "build" / "common" / "models" / (original or network).stem / "samples.npz"
    for level in LEVELS:
        found = measure(board, network, samples, generated, level)
        size = (found.flash_bytes, found.ram_bytes, found.cycles, 1000 * found.cycles / board.clock)
        yield Row(board.name, network.stem, f"bakenn {level}", *size, found.differing_bytes)


def table(rows: list[Row]) -> Table:
    """Return a table of flash, RAM, cycles and output of each engine on each network."""
    names = (Column("board"), Column("network"), Column("engine"))
    figures = (Column("cycles", "cycles"), Column("ms", "number", spec=".2f"))
    sizes = (Column("flash", "bytes"), Column("RAM", "bytes"))
    return Table((*names, *figures, *sizes, Column("output")), tuple(map(cells, rows)))


def cells(row: Row) -> tuple[Cell, ...]:
    """Return the cells of one row."""
    sizes = (row.flash_bytes, row.ram_bytes)
    return row.board, row.network, row.engine, row.cycles, row.milliseconds, *sizes, output(row)


def output(row: Row) -> str:
    """Return the comparison of the output with the oracle's, or why there is none."""
    if row.refused:
        return f"refused: {row.refused}"
    if row.max_ulps:
        return f"within {row.max_ulps} ulps"
    return f"{row.differing_bytes} bytes differ" if row.differing_bytes else "the oracle's"


if __name__ == "__main__":
    main()
