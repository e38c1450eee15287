"""A child process that answers requests. Native code that may abort runs in it.

It is started once, and again after it has ended.
"""

from __future__ import annotations

import atexit
import os
import pickle
import resource
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

from scons_tinyml.records.network_limits import ORACLE_MEMORY, ORACLE_SECONDS, SizeLimit
from scons_tinyml.stages.process_limits import limit_memory, limit_time, peak_bytes, reached

_PACKAGES = Path(__file__).parents[2]
"""Folder that the child process needs in PYTHONPATH."""

_STDOUT, _STDERR = 1, 2
_QUIET = "import signal; signal.signal(signal.SIGINT, signal.SIG_DFL)"
"""Ctrl-C also reaches the child process and ends it silently, even while it imports."""


class ChildDied(Exception):
    """The child process ended instead of answering.

    `cause` is the signal that ended it ('SIGABRT') or its exit code. `noise` is its output during the
    request. `limit` is the limit of memory or time that it has reached, if any.
    """

    def __init__(self, cause: str, noise: str, limit: SizeLimit | None = None) -> None:
        self.cause = cause
        self.noise = noise
        self.limit = limit
        super().__init__(f"{cause}: {noise}" if noise else cause)


class Child:
    """Runs `main()` of a module, which calls `serve`, in a child process. Not thread-safe.

    ORACLE_MEMORY limits its memory, and ORACLE_SECONDS the processor time of each request.
    """

    def __init__(self, module: str) -> None:
        self._module = module
        self._process: subprocess.Popen[bytes] | None = None
        self._stderr: IO[bytes] | None = None
        atexit.register(self.end)

    def start(self) -> None:
        """Start the process unless it runs. Does not wait until its imports are done."""
        if self._process is not None and self._process.poll() is None:
            return
        self.end()
        given = os.environ.get("PYTHONPATH", "").split(os.pathsep)
        path = os.pathsep.join(filter(None, (str(_PACKAGES), *given)))  # '' is the working folder
        self._stderr = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-c", f"{_QUIET}; from {self._module} import main; main()"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._stderr,
            env={**os.environ, "PYTHONPATH": path},
        )

    def ask(self, request: object) -> tuple[Any, str]:
        """Return the answer to `request`, and the output to stderr meanwhile.

        The next call starts a new process. Raises ChildDied when the process ends first.
        """
        self.start()
        process, stderr = self._process, self._stderr
        assert process is not None and process.stdin is not None and process.stdout is not None
        assert stderr is not None
        before = stderr.seek(0, os.SEEK_END)
        try:
            pickle.dump(request, process.stdin)
            process.stdin.flush()
            answer = pickle.load(process.stdout)
        except (EOFError, OSError):
            _, status, usage = os.wait4(process.pid, 0)
            code = process.returncode = os.waitstatus_to_exitcode(status)
            noise = _read(stderr, before)
            limit = reached(code, noise, peak_bytes(usage), ORACLE_MEMORY, ORACLE_SECONDS)
            raise ChildDied(_cause(code), noise, limit) from None
        except BaseException:
            process.kill()  # the pipe may hold half of an answer
            process.wait()
            raise
        return answer, _read(stderr, before)

    def end(self) -> None:
        """Close the pipes and wait until the process has ended."""
        if self._process is not None:
            self._process.communicate()
        if self._stderr is not None:
            self._stderr.close()
        self._process = self._stderr = None


def serve(answer: Callable[[Any], object]) -> None:
    """Answer requests until stdin is closed; called in the child.

    Redirects stdout of native code to stderr.
    """
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    limit_memory(ORACLE_MEMORY)
    with os.fdopen(os.dup(_STDOUT), "wb") as answers:
        os.dup2(_STDERR, _STDOUT)
        while True:
            try:
                request = pickle.load(sys.stdin.buffer)
            except EOFError:
                return
            limit_time(ORACLE_SECONDS)
            pickle.dump(answer(request), answers)
            answers.flush()


def _cause(code: int) -> str:
    return signal.Signals(-code).name if code < 0 else f"exit code {code}"


def _read(stderr: IO[bytes], start: int) -> str:
    """Return the output from the offset `start` on, as one line."""
    stderr.seek(start)
    lines = stderr.read().decode("utf-8", errors="replace").splitlines()
    return "; ".join(line.strip() for line in lines if line.strip())
