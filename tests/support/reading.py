"""A process that reads files, with limits of 2 GB of memory and 10 s of processor time each, and reports outcomes.

On stdin, each file follows its length in 4 bytes; stdout has a line of JSON for each.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import struct
import subprocess
import sys
import traceback
from pathlib import Path
from selectors import EVENT_READ, DefaultSelector
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Any

TESTS = Path(__file__).parents[1]
MEMORY_BYTES = 2 * 10**9
SECONDS = 10
_STUCK_S = 120
"""Seconds of wall time after which a process is killed that does not keep its own limit."""


class Reader:
    """Client of the process. A process that dies or hangs is replaced by a new one."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Reader:
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self._stop()

    def read(self, data: bytes) -> str:
        """Return 'graph', or the name of the typed error. Raises AssertionError with a traceback for anything else."""
        process = self._process = self._process or self._start()
        assert process.stdin is not None and process.stdout is not None
        process.stdin.write(struct.pack("<I", len(data)) + data)
        process.stdin.flush()
        with DefaultSelector() as selector:
            selector.register(process.stdout, EVENT_READ)
            answered = selector.select(_STUCK_S)
        line = process.stdout.readline() if answered else b""
        if not line:
            code = self._stop()
            raise AssertionError(f"the reader {'ended with' if answered else 'hung, killed:'} {code}")
        found: dict[str, Any] = json.loads(line)
        assert "bug" not in found, found["bug"]
        return str(found["outcome"])

    @staticmethod
    def _start() -> subprocess.Popen[bytes]:
        paths = os.pathsep.join(map(str, (TESTS.parent / "site_scons", TESTS)))
        return subprocess.Popen(
            [sys.executable, "-m", __name__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": paths},
        )

    def _stop(self) -> int | None:
        process, self._process = self._process, None
        if process is None:
            return None
        process.kill()
        process.communicate()
        return process.returncode


def judge(path: Path) -> str:
    """Read, check and write the network in `path` as a build does, and query its layers as later stages do."""
    from scons_tinyml.records.errors import InputError
    from scons_tinyml.stages.fit.needs import needs_of
    from scons_tinyml.stages.graph.checks import require_valid
    from scons_tinyml.stages.graph.files import read_graph, write_graph
    from scons_tinyml.stages.graph.operators import find_operator
    from scons_tinyml.stages.graph.reader import read_canonical

    try:
        graph = read_canonical(path).graph
        require_valid(graph, path)
    except InputError as error:
        assert str(path) in str(error)
        return type(error).__name__
    files = path.with_suffix(".json"), path.with_suffix(".bin")
    write_graph(graph, *files)
    read_graph(*files)
    typed = []
    for view in graph.views():
        operator = find_operator(view.layer.operator)
        assert operator is not None
        typed.append(operator.number_type(view) is not None)
        if typed[-1]:
            operator.attributes(view)
            operator.computation(view)
    if all(typed):
        needs_of(graph)
    return "graph"


def _main() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    signal.signal(signal.SIGPROF, _too_long)
    with TemporaryDirectory(prefix="tinyml-fuzz-") as folder:
        while header := sys.stdin.buffer.read(4):
            data = sys.stdin.buffer.read(struct.unpack("<I", header)[0])
            path = Path(folder, "damaged.tflite")
            path.write_bytes(data)
            signal.setitimer(signal.ITIMER_PROF, SECONDS)
            try:
                found = {"outcome": judge(path)}
            except BaseException:
                found = {"bug": traceback.format_exc()}
            signal.setitimer(signal.ITIMER_PROF, 0)
            print(json.dumps(found), flush=True)


def _too_long(_number: int, _frame: object) -> None:
    raise TimeoutError(f"more than {SECONDS} s")


if __name__ == "__main__":
    _main()
