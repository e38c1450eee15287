"""Time of all look-ups of a build in a cost database of a million rows, as a ratio to plain sqlite3.

    python benchmarks/costs.py [--rows 1000000] [--keep FILE]

A build looks up the costs and proofs of 40 layers with 8 kernels each. Our code also makes records of rows; plain
sqlite3 only fetches the same columns by the same queries. Both run in turn on the same file. The goal is less than
50 ms in all.
"""

from __future__ import annotations

import argparse
import random
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "site_scons"))

from scons_tinyml.costs.database import CostDatabase  # noqa: E402
from scons_tinyml.costs.key import CostKey, ProofKey  # noqa: E402
from scons_tinyml.costs.rows import CostRow, Proof  # noqa: E402

LAYERS, KERNELS, CORES = 40, 8, ("cortex-m0plus", "cortex-m3", "cortex-m4f", "cortex-m7f")
GOAL_S = 0.05
BATCH = 20_000
SHAPE = sorted(
    f"{name}_{part}"
    for name, parts in {
        "input": ("channels", "height", "width"),
        "output": ("channels", "height", "width"),
        "filter": ("height", "width"),
        "dilation": ("height", "width"),
        "stride": ("height", "width"),
        "padding": ("bottom", "left", "right", "top"),
        "has": ("bias", "groups", "multipliers"),
    }.items()
    for part in parts
)
"""Names of attributes, as many as a convolution has."""
COMPILER = "arm-none-eabi-gcc (15:12.2.rel1-1) 12.2.1 20221205, libraries 72caa13f8405d0c8"
FLAGS = "-mthumb -std=c11 -ffp-contract=off -ffunction-sections -fdata-sections -g --specs=nano.specs -O2 "
MEMORY = (
    '{"activations":{"bus":"system","kind":"ram","region":1,"wait_states":0},"code":{"bus":"code","kind":"flash",'
    '"region":0},"code_alignment_bytes":32,"flash":{"data_cache":{"line":32,"size":256,"ways":8},"line_width_bits":64,'
    '"prefetch":true,"wait_states":4},"weights":{"bus":"code","kind":"flash","region":0}}'
)


def main() -> None:
    """Fill the database, time builds, print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--rows", type=int, default=1_000_000, help="rows of costs; as many proofs come with them"
    )
    parser.add_argument("--runs", type=int, default=15)
    parser.add_argument("--keep", type=Path, help="file to keep, and to use again if it is there")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = options.keep or Path(folder) / "costs.sqlite3"
        if not path.exists():
            fill(path, options.rows)
        pairs = [one_build(path, options.rows, seed) for seed in range(options.runs)]
        opened_s = statistics.median(seconds_to_open(path) for _ in range(options.runs))
    ours_s, cpu_s, plain_s = (statistics.median(column) for column in zip(*pairs, strict=True))
    ratio = statistics.median(ours / plain for ours, _, plain in pairs)
    print(
        f"{options.rows:,} rows and as many proofs; {LAYERS} layers x {KERNELS} kernels, {options.runs} pairs"
    )
    print(
        f"all look-ups: {1e3 * ours_s:.1f} ms, plain sqlite3: {1e3 * plain_s:.1f} ms (medians), ratio {ratio:.2f}"
    )
    print(f"of the processor {1e3 * cpu_s:.1f} ms; opening: {1e3 * opened_s:.1f} ms")
    print(f"goal of {1e3 * GOAL_S:g} ms: {'kept' if ours_s < GOAL_S else 'missed'}")


def fill(path: Path, rows: int) -> None:
    """Write a database with `rows` rows and proofs, in the order of builds."""
    begin = time.perf_counter()
    with CostDatabase.open(path) as database:
        for start in range(0, rows, BATCH):
            numbers = range(start, min(start + BATCH, rows))
            database.record(
                *(CostRow(cost_key(n), 1 + n, n, f"2024-01-01T{n:08}", "0.1.0", "a" * 64) for n in numbers)
            )
            database.record_proof(
                *(
                    Proof(proof_key(n), 784, 0, 0, None, f"2024-01-01T{n:08}", "0.1.0", "a" * 64)
                    for n in numbers
                )
            )
    print(
        f"filled in {time.perf_counter() - begin:.0f} s, {path.stat().st_size / 2**20:,.0f} MiB",
        file=sys.stderr,
    )


def cost_key(number: int) -> CostKey:
    """Return the key of row `number`. Kernels of a layer follow each other, as builds measure them."""
    layer, kernel = divmod(number, KERNELS)
    return CostKey(
        operator="CONV_2D",
        number_type="int8",
        attributes=tuple((name, layer) for name in SHAPE),
        kernel=f"cmsis_nn/conv_2d_{kernel}_int8",
        kernel_digest=f"{kernel:064}",
        code_digest="",
        compiler=COMPILER,
        flags=FLAGS,
        core=CORES[layer % len(CORES)],
        memory=MEMORY,
        evidence="emulator",
        timing_version="cortex-m4-3",
    )


def proof_key(number: int) -> ProofKey:
    """Return the key of the proof of row `number`."""
    layer, kernel = divmod(number, KERNELS)
    of_kernel = (
        f"cmsis_nn/conv_2d_{kernel}_int8",
        f"{kernel:064}",
        "",
        COMPILER,
        FLAGS,
        CORES[layer % len(CORES)],
    )
    return ProofKey(f"{layer:064}", *of_kernel, "tflite-micro 1")


def one_build(path: Path, rows: int, seed: int) -> tuple[float, float, float]:
    """Return the seconds of all look-ups of a build: ours, our processor time, plain sqlite3."""
    layers = random.Random(seed).sample(range(rows // KERNELS), 2 * LAYERS)
    ours = [layer * KERNELS + kernel for layer in layers[::2] for kernel in range(KERNELS)]
    theirs = [layer * KERNELS + kernel for layer in layers[1::2] for kernel in range(KERNELS)]
    with CostDatabase.open(path) as database:
        costs, proofs = [cost_key(n) for n in ours], [proof_key(n) for n in ours]
        begin, cpu_begin = time.perf_counter(), time.process_time()
        found = len(database.find(costs)) + len(database.find_proofs(proofs))
        ours_s, cpu_s = time.perf_counter() - begin, time.process_time() - cpu_begin
    queries = list(plain_queries(theirs))
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("select 1 from costs limit 1").fetchone()  # our connection has read the schema too
        begin = time.perf_counter()
        plain = sum(len(connection.execute(*query).fetchall()) for query in queries)
        plain_s = time.perf_counter() - begin
    assert found == plain == 2 * LAYERS * KERNELS
    return ours_s, cpu_s, plain_s


def plain_queries(numbers: list[int]) -> Iterator[tuple[str, list[str]]]:
    """Run the same queries as our code, with digests that are made beforehand."""
    for table, keys in (
        ("costs", [cost_key(number) for number in numbers]),
        ("proofs", [proof_key(number) for number in numbers]),
    ):
        digests = [key.digest for key in keys]
        yield f"select * from {table} where digest in ({','.join('?' * len(digests))})", digests


def seconds_to_open(path: Path) -> float:
    """Return the wall time of opening and closing the database, after all imports."""
    begin = time.perf_counter()
    CostDatabase.open(path).close()
    return time.perf_counter() - begin


if __name__ == "__main__":
    main()
