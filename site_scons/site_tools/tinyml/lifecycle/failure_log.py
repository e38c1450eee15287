"""Log of failed commands: their stderr is printed line by line, and kept if they fail."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Mapping, Sequence

_PREFIX = "tinyml: error: "
_ERROR = re.compile(r"error|undefined reference", re.IGNORECASE)


class FailureLog:
    """SPAWN of SCons that keeps the stderr of failed commands; `prefix` begins each printed line."""

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix
        self._failed: list[list[str]] = []

    def spawn(
        self,
        shell: str,
        _escape: object,
        _command: str,
        arguments: Sequence[str],
        environment: Mapping[str, str],
    ) -> int:
        """Run the command line `arguments` in `shell`; return its exit code, below 0 if a signal ended it."""
        lines = []
        process = subprocess.Popen(
            [shell, "-c", " ".join(arguments)],
            env=dict(environment),
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
        )
        assert process.stderr is not None
        for line in process.stderr:
            sys.stderr.write(f"{self._prefix}{line}")
            sys.stderr.flush()
            lines.append(line.rstrip("\n"))
        code = process.wait()
        if code:
            self._failed.append(lines)
        return code

    def reason(self) -> str | None:
        """Return one line of the first failed command that printed any; None if there is none."""
        for lines in self._failed:
            if found := _reason(lines):
                return found
        return None


def _reason(lines: Sequence[str]) -> str | None:
    """Return our error message, else the first line that looks like an error, else the first line."""
    for line in lines:
        if line.startswith(_PREFIX):
            return line.removeprefix(_PREFIX)
    errors = [line for line in lines if _ERROR.search(line)]
    return next(iter([*errors, *lines]), None)
