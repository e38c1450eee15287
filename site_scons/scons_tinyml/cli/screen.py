"""The output of firmware on our stdout: its bytes and nothing else, as they come."""

from __future__ import annotations

import os
import sys


class Screen:
    """Writer to stdout. `closed` is true once nobody reads it any more, as after `| head`."""

    def __init__(self) -> None:
        self.closed = False
        self._in_line = False

    def show(self, _channel: str, data: bytes) -> None:
        """Pass on what the firmware sent over any channel."""
        if self.closed or not data:
            return
        try:
            sys.stdout.buffer.write(data)
            sys.stdout.buffer.flush()
        except BrokenPipeError:
            self.closed = True
            self._discard()
        self._in_line = not data.endswith(b"\n")

    def finish(self) -> None:
        """End the last line, so that stderr begins one of its own on the same terminal."""
        if self._in_line and not self.closed:
            print(file=sys.stderr)

    def _discard(self) -> None:
        """Send the rest to nowhere: Python flushes stdout once more at its end, which would fail."""
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
