"""What the commands of a build say on stderr: passed on as it comes, and kept for those that fail."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Mapping, Sequence

_PREFIX = "tinyml: error: "
_WORTH_TELLING = re.compile(r"error|undefined reference", re.IGNORECASE)


class FailureLog:
    """A SPAWN for SCons that remembers what failed last."""

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
        """Run the command line `arguments` in `shell`; its exit code, below 0 when a signal ended it."""
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
        """Why the first command failed, in one line; None when none did, or none said anything."""
        for lines in self._failed:
            if found := _reason(lines):
                return found
        return None


def _reason(lines: Sequence[str]) -> str | None:
    """Our message, or of other programs the first line that looks like an error."""
    for line in lines:
        if line.startswith(_PREFIX):
            return line.removeprefix(_PREFIX)
    telling = [line for line in lines if _WORTH_TELLING.search(line)]
    return next(iter([*telling, *lines]), None)
