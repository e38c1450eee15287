"""Peak memory of the processes of a build, by what they do.

    python benchmarks/build_memory.py target=stm32l4r5 model=nets/large.tflite [--clean]

It looks at all processes of the build four times a second, so that short ones may be missed. The goal is at most 500 MB
for each process that measures, whatever the network. `--clean` first removes the results and the measurements of the
build, by an empty folder for both.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
MOST_MB = 500
_STAGE = re.compile(r"scons_tinyml\.stages (\S+)")
_PEAK = re.compile(r"VmHWM:\s+(\d+) kB")
_WORKER = "measure (worker)"


def main() -> None:
    """Build, print, and exit with 1 when the goal is missed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("options", nargs="+", help="of scons")
    parser.add_argument("--clean", action="store_true")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="tinyml-memory-") as folder:
        places = (
            {"TINYML_BUILD": f"{folder}/build", "TINYML_STATE": f"{folder}/state"} if arguments.clean else {}
        )
        command = [sys.executable, "-m", "SCons", "-Q", *arguments.options]
        build = subprocess.Popen(command, cwd=ROOT, env={**os.environ, **places}, stdout=subprocess.DEVNULL)
        peaks: dict[str, int] = {}
        while build.poll() is None:
            for process in _descendants(build.pid):
                for name, kilobytes in _peak(process):
                    peaks[name] = max(peaks.get(name, 0), kilobytes)
            time.sleep(0.25)
    for name, kilobytes in sorted(peaks.items(), key=lambda item: -item[1]):
        print(f"{kilobytes / 1000:6.0f} MB  {name}")
    worst = max((kilobytes for name, kilobytes in peaks.items() if name.startswith("measure")), default=0)
    sys.exit(build.returncode or worst / 1000 > MOST_MB)


def _descendants(root: int) -> Iterator[int]:
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            try:
                parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except OSError:  # it has ended
                continue
            children.setdefault(parent, []).append(int(entry.name))
    pending = [root]
    while pending:
        process = pending.pop()
        yield process
        pending += children.get(process, [])


def _peak(process: int) -> Iterator[tuple[str, int]]:
    """Yield what a process does, and its peak memory in kB."""
    folder = Path("/proc", str(process))
    try:
        words = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        peak = _PEAK.search((folder / "status").read_text())
    except OSError:
        return
    if peak is None:
        return
    stage = _STAGE.search(words)
    if stage:
        yield stage[1], int(peak[1])
    elif "multiprocessing.spawn" in words:
        yield _WORKER, int(peak[1])
    elif "oracle_child" in words or "litert_child" in words:
        yield "oracle", int(peak[1])
    elif "SCons" in words:
        yield "scons", int(peak[1])


if __name__ == "__main__":
    main()
