"""Output of firmware on stdout: as it comes, with nothing mixed in.

Files and pipes get its bytes. On a terminal, and in the log of a CI server, escape codes and commands are escaped.
"""

from __future__ import annotations

import os
import sys

from scons_tinyml.records.visible import VisibleStream
from scons_tinyml.stages import unread


class Screen:
    """Writer to stdout. `closed` is true when stdout has no reader any more, as after `| head`.

    `raw` writes bytes everywhere.
    """

    def __init__(self, *, raw: bool = False) -> None:
        self.closed = False
        self._in_line = False
        self._visible = VisibleStream() if not raw and _is_read_by_a_person() else None

    def show(self, _channel: str, data: bytes) -> None:
        """Write `data` of any channel of the firmware to stdout."""
        self._write(data if self._visible is None else self._visible.feed(data).encode())

    def finish(self) -> None:
        """End the last line, so that stderr begins a new one on the same terminal."""
        if self._visible is not None:
            self._write(self._visible.end().encode())
        if self._in_line and not self.closed:
            print(file=sys.stderr)

    def _write(self, data: bytes) -> None:
        if self.closed or not data:
            return
        try:
            sys.stdout.buffer.write(data)
            sys.stdout.buffer.flush()
        except BrokenPipeError:
            self.closed = True
            unread.discard()
        self._in_line = not data.endswith(b"\n")


def _is_read_by_a_person() -> bool:
    """Return whether stdout is a terminal, or a CI server's log: they set the variable CI."""
    return sys.stdout.isatty() or bool(os.environ.get("CI"))
