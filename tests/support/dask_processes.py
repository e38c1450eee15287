"""A Dask scheduler and workers as processes, as people start them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[2]
PATIENCE_S = 120
OURS = {"PYTHONPATH": str(ROOT / "site_scons")}


@dataclass
class DaskProcesses:
    """A scheduler at `address`, with workers by their names; `folder` has their logs and temporary files."""

    folder: Path
    address: str = ""
    workers: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    scheduler: subprocess.Popen[bytes] | None = None

    def begin(self) -> None:
        """Start the scheduler, and wait for its address."""
        file = self.folder / "scheduler.json"
        where = ("--host=127.0.0.1", "--port=0", "--no-dashboard", f"--scheduler-file={file}")
        self.scheduler = self._start("scheduler", *where)
        deadline_s = time.monotonic() + PATIENCE_S
        while not self.address:
            assert self.scheduler.poll() is None and time.monotonic() < deadline_s, "no scheduler"
            time.sleep(0.05)
            try:
                self.address = json.loads(file.read_text())["address"]
            except (OSError, ValueError):
                continue

    def work(self, name: str, **first: Path) -> None:
        """Start a worker, which is there some time later; `first` has folders before others, by the variable."""
        ours = {"PATH": os.environ["PATH"], **OURS}
        environment = {key: f"{folder}{os.pathsep}{ours[key]}" for key, folder in first.items()}
        words = (self.address, f"--name={name}", "--nthreads=1", "--no-nanny", "--no-dashboard")
        self.workers[name] = self._start("worker", *words, f"--local-directory={self.folder}", **environment)

    def end(self) -> None:
        """End all processes."""
        for process in filter(None, (*self.workers.values(), self.scheduler)):
            process.kill()
            process.wait(PATIENCE_S)

    def _start(self, kind: str, *words: str, **environment: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-P", "-m", "dask", kind, *words],
            env={**os.environ, **(OURS if kind == "worker" else {}), **environment},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )


@contextmanager
def dask_processes(folder: Path) -> Iterator[DaskProcesses]:
    """Yield a scheduler without workers; end all processes in the end."""
    found = DaskProcesses(folder)
    try:
        found.begin()
        yield found
    finally:
        found.end()
