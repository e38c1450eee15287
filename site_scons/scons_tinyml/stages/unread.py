"""Output that nobody reads any more."""

from __future__ import annotations

import os
import sys


def discard() -> None:
    """Send the rest of stdout to the null device.

    Python flushes stdout once more at exit. That fails when the reader has gone, and waits for ever when the
    reader does not read.
    """
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
