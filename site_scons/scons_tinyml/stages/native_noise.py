"""Output of native libraries to stderr that bypasses Python: hidden, but available when a call fails."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

_STDERR = 2


class Noise:
    """Output captured by `captured_stderr`, complete after its block."""

    def __init__(self) -> None:
        self.text = ""

    def one_line(self) -> str:
        """Return the output as one line; '' when there was none."""
        return "; ".join(line.strip() for line in self.text.splitlines() if line.strip())


@contextmanager
def captured_stderr() -> Iterator[Noise]:
    """Collect the output of this process to file descriptor 2 inside of the block."""
    noise = Noise()
    sys.stderr.flush()
    kept = os.dup(_STDERR)
    with tempfile.TemporaryFile() as file:
        os.dup2(file.fileno(), _STDERR)
        try:
            yield noise
        finally:
            sys.stderr.flush()
            os.dup2(kept, _STDERR)
            os.close(kept)
            file.seek(0)
            noise.text = file.read().decode("utf-8", errors="replace")
