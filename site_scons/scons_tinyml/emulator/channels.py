"""What firmware sends and receives, by channel: 'uart', 'semihosting', 'itm'."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

OnOutput = Callable[[str, bytes], None]
_WITH_INPUT = ("uart", "semihosting")


class Channels:
    """Queued input, and output that waits to be taken. What is typed reaches the UART and the semihosting console."""

    def __init__(self) -> None:
        self.on_output: OnOutput | None = None
        self._input: deque[int] = deque()
        self._output: dict[str, bytearray] = {}

    def clear(self) -> None:
        """Forget what was not taken."""
        self._input.clear()
        self._output.clear()

    def send(self, data: bytes) -> None:
        """Queue bytes for the firmware."""
        self._input.extend(data)

    def put(self, channel: str, data: bytes) -> None:
        """Keep bytes that the firmware sent, and tell the listener."""
        self._output.setdefault(channel, bytearray()).extend(data)
        if self.on_output is not None:
            self.on_output(channel, data)

    def take(self, channel: str) -> bytes:
        """What was sent since the last call."""
        return bytes(self._output.pop(channel, b""))

    def next_byte(self, channel: str) -> int | None:
        """Next byte for the firmware, None when there is none."""
        return self._input.popleft() if self.waiting(channel) else None

    def waiting(self, channel: str) -> bool:
        """There is input for a channel."""
        return channel in _WITH_INPUT and bool(self._input)
