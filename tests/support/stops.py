"""Processes that stop at a known point, so that a signal comes exactly there."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

TIMEOUT_S = 240
LINE = "tinyml: interrupted; run the same command again to go on\n"
_SITE = """\
import atexit, os, sys

def stop():
    with open({fifo!r}) as fifo:
        fifo.read()  # until the signal was sent

class Finder:
    def find_spec(self, name, path=None, target=None):
        if name == {point!r}:
            sys.meta_path.remove(self)
            stop()

if {point!r} == "exit":
    atexit.register(stop)
else:
    sys.meta_path.insert(0, Finder())
"""


class StoppingPlace:
    """A FIFO at which a process waits, when it imports the module `point` or, for 'exit', at its end."""

    def __init__(self, folder: Path, point: str) -> None:
        self.fifo = folder / "fifo"
        os.mkfifo(self.fifo)
        self._site = folder / "site"
        self._site.mkdir()
        (self._site / "sitecustomize.py").write_text(_SITE.format(fifo=str(self.fifo), point=point))

    def python_path(self, rest: str) -> str:
        """Return the PYTHONPATH with which Python stops at this point."""
        return os.pathsep.join((str(self._site), rest))

    def interrupt(self, process: subprocess.Popen[str]) -> tuple[int, str, str]:
        """Send SIGINT once `process` waits at this point; return its exit code, stdout and stderr."""
        handle = self._meet(process)
        try:
            os.killpg(process.pid, signal.SIGINT)
        finally:
            os.close(handle)
        output, errors = process.communicate(timeout=TIMEOUT_S)
        return process.returncode, output, errors

    def _meet(self, process: subprocess.Popen[str]) -> int:
        """Open the other end of the FIFO once `process` has opened its own."""
        while process.poll() is None:
            try:
                return os.open(self.fifo, os.O_WRONLY | os.O_NONBLOCK)
            except OSError as error:
                if error.errno != errno.ENXIO:
                    raise
                time.sleep(0.01)
        raise AssertionError(f"ended before it came here: {process.communicate()}")


def start(words: list[str], folder: Path, environment: dict[str, str]) -> subprocess.Popen[str]:
    """Start Python in a process group of its own, as a terminal does."""
    return subprocess.Popen(
        [sys.executable, *words],
        cwd=folder,
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
