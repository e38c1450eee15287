"""Output of firmware on stdout: its bytes and nothing else, as they come."""

from __future__ import annotations

import sys

from scons_tinyml.stages import unread


class Screen:
    """Writer to stdout. `closed` is true when stdout has no reader any more, as after `| head`."""

    def __init__(self) -> None:
        self.closed = False
        self._in_line = False

    def show(self, _channel: str, data: bytes) -> None:
        """Write `data` of any channel of the firmware to stdout."""
        if self.closed or not data:
            return
        try:
            sys.stdout.buffer.write(data)
            sys.stdout.buffer.flush()
        except BrokenPipeError:
            self.closed = True
            unread.discard()
        self._in_line = not data.endswith(b"\n")

    def finish(self) -> None:
        """End the last line, so that stderr begins a new one on the same terminal."""
        if self._in_line and not self.closed:
            print(file=sys.stderr)
