"""Channels of firmware input and output: 'uart', 'semihosting', 'itm'."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from scons_tinyml.records.input_limits import KEPT_OUTPUT_BYTES

OnOutput = Callable[[str, bytes], None]
_WITH_INPUT = ("uart", "semihosting")


class Channels:
    """Queued input, and output that waits to be taken.

    Input reaches the UART and the semihosting console.
    """

    def __init__(self) -> None:
        self.on_output: OnOutput | None = None
        self._input: deque[int] = deque()
        self._output: dict[str, bytearray] = {}

    def clear(self) -> None:
        """Discard queued input and output."""
        self._input.clear()
        self._output.clear()

    def send(self, data: bytes) -> None:
        """Queue `data` for the firmware."""
        self._input.extend(data)

    def put(self, channel: str, data: bytes) -> None:
        """Store `data` that the firmware sent on `channel`, and notify the listener.

        Of output that nobody takes, the last KEPT_OUTPUT_BYTES or more are kept, and never twice as many.
        """
        kept = self._output.setdefault(channel, bytearray())
        kept.extend(data)
        if len(kept) > 2 * KEPT_OUTPUT_BYTES:
            del kept[:-KEPT_OUTPUT_BYTES]
        if self.on_output is not None:
            self.on_output(channel, data)

    def take(self, channel: str) -> bytes:
        """Return the bytes sent on `channel` since the last call."""
        return bytes(self._output.pop(channel, b""))

    def next_byte(self, channel: str) -> int | None:
        """Take and return the next byte for the firmware, or None without input."""
        return self._input.popleft() if self.waiting(channel) else None

    def waiting(self, channel: str) -> bool:
        """Return whether input waits for `channel`."""
        return channel in _WITH_INPUT and bool(self._input)
