"""What native libraries print to stderr past Python: kept away from people, and at hand when a call fails."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

_STDERR = 2


class Noise:
    """Text that was printed inside of `captured_stderr`, complete once its block is left."""

    def __init__(self) -> None:
        self.text = ""

    def one_line(self) -> str:
        """All that was said, on one line; '' when nothing was."""
        return "; ".join(line.strip() for line in self.text.splitlines() if line.strip())


@contextmanager
def captured_stderr() -> Iterator[Noise]:
    """Collect everything that the process writes to file descriptor 2 inside of the block."""
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
