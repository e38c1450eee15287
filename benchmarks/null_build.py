"""Time of a build with nothing to do, as a ratio to a plain SCons build of as many nodes.

    python benchmarks/null_build.py [target=stm32l1 model=catdetector ...]

Both run in turn, so that a slower machine slows both. Processor time is printed too, because other programs disturb it
less. The goal is a ratio of at most 1.2. Python caches the compiled modules of both.
"""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
SCONS = [sys.executable, "-m", "SCons", "-Q"]
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
PLAIN = """\
env = Environment(tools=[])
for number in range({targets}):
    sources = ["in/%d" % other for other in range(number, {sources}, {targets})] or ["in/0"]
    env.Command("out/%d" % number, sources, Copy("$TARGET", "$SOURCE"))
"""


def main() -> None:
    """Build, count, time, print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("options", nargs="*", default=["target=stm32l1", "model=catdetector"])
    parser.add_argument("--runs", type=int, default=15)
    arguments = parser.parse_args()
    ours = [*SCONS, *arguments.options]
    subprocess.run(ours, cwd=ROOT, check=True, env=ENVIRONMENT)
    targets, sources = count_nodes(ours)
    with tempfile.TemporaryDirectory() as folder:
        plain = plain_project(Path(folder), targets, sources)
        pairs = [(seconds(ours, ROOT), seconds(SCONS, plain)) for _ in range(arguments.runs)]
    print(f"{targets} targets, {sources} sources, {arguments.runs} pairs of runs")
    for number, kind in enumerate(("wall", "processor")):
        ratio = statistics.median(ours[number] / plain[number] for ours, plain in pairs)
        our_s, plain_s = (
            statistics.median(one[number] for one in column) for column in zip(*pairs, strict=True)
        )
        print(
            f"{kind} time with nothing to do: {our_s:.3f} s, plain SCons: {plain_s:.3f} s, ratio {ratio:.2f}"
        )


def count_nodes(command: list[str]) -> tuple[int, int]:
    """Return the numbers of targets and sources in the dependency tree of the build; Values count as sources."""
    done = subprocess.run([*command, "--tree=prune"], cwd=ROOT, check=True, capture_output=True, text=True)
    names = {line.partition("+-")[2] for line in done.stdout.splitlines() if "+-" in line}
    nodes = {name for name in names if not name.startswith("[")}
    targets = {name for name in nodes if name.startswith("build/") and Path(name).suffix}
    return len(targets), len(nodes) - len(targets)


def plain_project(folder: Path, targets: int, sources: int) -> Path:
    """Make a project with as many copied files, and build it once."""
    (folder / "in").mkdir()
    for number in range(sources):
        (folder / "in" / str(number)).write_text(f"{number}\n")
    (folder / "SConstruct").write_text(PLAIN.format(targets=targets, sources=sources))
    subprocess.run(SCONS, cwd=folder, check=True, capture_output=True)
    return folder


def seconds(command: list[str], folder: Path) -> tuple[float, float]:
    """Return wall time and processor time of one run in seconds."""
    begin, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, cwd=folder, check=True, capture_output=True, env=ENVIRONMENT)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = sum(getattr(after, key) - getattr(before, key) for key in ("ru_utime", "ru_stime"))
    return time.perf_counter() - begin, used


if __name__ == "__main__":
    main()
