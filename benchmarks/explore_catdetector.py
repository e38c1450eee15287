"""What 4, 8, 16 KiB of flash buy: the front of catdetector's variants on three boards, by `scons explore`.

    python benchmarks/explore_catdetector.py [--trials 16] [--points 4] [--repeats 2] [--json]

The flash is that of the whole image: start-up code, kernels, weights. For each board and limit the table has the most
accurate variant that was built and passes. The accuracy is that of the int8 network on the test samples; mean and
spread are over trainings with other seeds. A repeated command goes on where a killed one was.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "site_scons"))

from scons_tinyml.records.explored import Explored, Point  # noqa: E402
from scons_tinyml.records.variant_names import shown_variant  # noqa: E402
from scons_tinyml.reports.cells import Column, Table  # noqa: E402
from scons_tinyml.reports.table import print_table  # noqa: E402

MODEL = "catdetector"
BOARDS = ("stm32l1", "stm32g0b1", "stm32l4")
LIMITS_KIB = (4, 8, 16, 32)
RECORD = ROOT / "build" / "explore" / MODEL / "explore.json"
COLUMNS = (
    *(Column("board"), Column("limit, KiB", "number", spec=".0f"), Column("variant")),
    *(Column(name, "number", spec=".4f") for name in ("accuracy", "mean", "spread")),
    *(Column("flash", "bytes"), Column("RAM", "bytes"), Column("ms", "number", spec=".2f")),
)


@dataclass(frozen=True)
class Row:
    """Best variant of a board in a limit of flash; without one, figures are None."""

    board: str
    limit_kib: int
    variant: str | None = None
    accuracy: float | None = None
    mean: float | None = None
    spread: float | None = None
    flash_bytes: int | None = None
    ram_bytes: int | None = None
    milliseconds: float | None = None


def main() -> None:
    """Explore and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    for name, most in (("trials", 16), ("points", 4), ("repeats", 2)):
        parser.add_argument(f"--{name}", type=int, default=most)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    words = [f"{name}={getattr(options, name)}" for name in ("trials", "points", "repeats")]
    command = [
        sys.executable,
        "-m",
        "SCons",
        "-Q",
        "explore",
        f"target={','.join(BOARDS)}",
        f"model={MODEL}",
        *words,
    ]
    subprocess.run(command, cwd=ROOT, check=True, stdout=sys.stderr)
    found = Explored.model_validate_json(RECORD.read_text())
    rows = list(bought(found))
    if options.json:
        print(json.dumps([asdict(row) for row in rows], indent=2))
    else:
        print_table(Table(COLUMNS, tuple(tuple(asdict(row).values()) for row in rows)), sys.stdout)


def bought(found: Explored) -> Iterator[Row]:
    """Yield the best variant of each board in each limit."""
    sign = -1 if found.better == "higher" else 1
    for board in found.boards:
        for limit_kib in LIMITS_KIB:
            fitting = [
                point
                for point in board.points
                if point.verdict == "pass" and point.flash_bytes <= limit_kib * 1024
            ]
            best = min(fitting, key=lambda point: (sign * point.accuracy, point.flash_bytes), default=None)
            yield Row(board.board, limit_kib) if best is None else row(board.board, limit_kib, best)


def row(board: str, limit_kib: int, point: Point) -> Row:
    """Return the row of `point`."""
    repeats = point.repeats
    return Row(
        board,
        limit_kib,
        shown_variant(point.variant),
        point.accuracy,
        repeats.mean if repeats else None,
        repeats.spread if repeats else None,
        point.flash_bytes,
        point.ram_bytes,
        1e3 * point.latency_s.value,
    )


if __name__ == "__main__":
    main()
