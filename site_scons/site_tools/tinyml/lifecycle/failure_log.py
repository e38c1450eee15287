"""Log of failed commands: their stderr is printed line by line, and kept if they fail."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from typing import IO

from scons_tinyml.records.visible import visible
from scons_tinyml.records.wrapping import VARIABLE, WIDE_COLUMNS, columns, wrapped

from .processes import start

LOG = "TINYML_LOG"
"""Construction variable with the log of an environment. Without one, stages write to stderr themselves."""
_PREFIX = "tinyml: error: "
_ERROR = re.compile(r"error|undefined reference", re.IGNORECASE)


class FailureLog:
    """Runs commands and keeps the stderr of failed ones; `prefix` begins each printed line."""

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix
        self._failed: list[list[str]] = []

    def run(
        self,
        words: Sequence[str],
        environment: Mapping[str, str],
        stdout: IO[bytes] | None = None,
        *,
        foreign: bool = False,
    ) -> int:
        """Run the command `words` without a shell; return its exit code, below 0 if a signal ended it.

        Control characters of its stderr are printed visibly. Long lines are broken here and not by the command, those
        of a `foreign` program not at all. Raises OSError if it cannot be started.
        """
        lines = []
        process = start(
            words,
            foreign=foreign,
            env={**environment, VARIABLE: str(WIDE_COLUMNS)},
            stdout=stdout,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
        )
        assert process.stderr is not None
        for line in process.stderr:
            shown = visible(f"{self._prefix}{line.rstrip().expandtabs()}")
            sys.stderr.write(f"{shown if foreign else wrapped(shown, columns(sys.stderr))}\n")
            sys.stderr.flush()
            lines.append(shown.removeprefix(self._prefix))
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
