"""Text protocol of the benchmark's firmware on its serial port. A command ends with %, an answer with m-ready."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from scons_tinyml.records.errors import FirmwareFault

if TYPE_CHECKING:
    from scons_tinyml.emulator.machine import Machine

CHANNEL = "uart"
READY = "m-ready"
PATIENCE_INSTRUCTIONS = 4_000_000_000
"""Limit for one answer. Ten inferences of the largest network take about a tenth of it."""
_PAUSE_INSTRUCTIONS = 5_000
"""Pause between an answer and the next command, as the firmware is still in its print function."""
_BYTES_PER_COMMAND = 32
"""Bytes of input in a command: the firmware keeps 80 characters, three in front and two for each byte."""


@dataclass(frozen=True)
class Mark:
    """Counters of the machine at one moment."""

    cycles: int
    instructions: int

    def __sub__(self, other: Mark) -> Mark:
        return Mark(self.cycles - other.cycles, self.instructions - other.instructions)


@dataclass(frozen=True)
class Line:
    """A line that firmware printed, and the moment of its first character."""

    text: str
    begun: Mark


class Conversation:
    """Commands and answers of firmware on a machine, which must be loaded and reset."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self._lines: list[Line] = []
        self._begun = Mark(0, 0)
        self._part = bytearray()
        self._ready = False
        machine.on_output = self._hear

    def answer(self) -> list[Line]:
        """Run until the firmware prints READY, and return the lines that it printed. Raises FirmwareFault."""
        self._ready = False
        stop = self._machine.run(max_instructions=PATIENCE_INSTRUCTIONS, stop_when=lambda: self._ready)
        lines, self._lines = self._lines, []
        if not self._ready:
            last = f"its last line was '{lines[-1].text}'" if lines else "it printed nothing"
            raise FirmwareFault(f"the firmware does not get ready ({stop.reason}); {last}")
        self._machine.run(max_instructions=_PAUSE_INSTRUCTIONS)
        return lines

    def ask(self, command: str) -> list[Line]:
        """Send `command` and return the lines of its answer. Raises FirmwareFault for an answer with an error."""
        self._machine.send(f"{command}%".encode("ascii"))
        lines = self.answer()
        for line in lines:
            if line.text.startswith("e-"):
                raise FirmwareFault(f"the firmware answers '{line.text}' to '{command[:40]}'")
        return lines

    def load(self, data: bytes) -> None:
        """Send `data` as the input of the network. Raises FirmwareFault."""
        self.ask(f"db load {len(data)}")
        for part in _parts(data):
            self.ask(f"db {part.hex()}")

    def _hear(self, channel: str, data: bytes) -> None:
        if channel != CHANNEL:
            return
        for byte in data:
            if not self._part:
                self._begun = Mark(self._machine.cycles, self._machine.instructions)
            self._part.append(byte)
            if byte == ord("\n"):
                text = self._part.decode("latin-1").strip()
                self._part.clear()
                self._lines.append(Line(text, self._begun))
                self._ready = self._ready or text == READY


def _parts(data: bytes) -> Iterator[bytes]:
    for start in range(0, len(data), _BYTES_PER_COMMAND):
        yield data[start : start + _BYTES_PER_COMMAND]
