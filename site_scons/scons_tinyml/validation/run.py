"""Measurement of a published image in the emulator.

from scons_tinyml.validation.run import measure
measurement = measure(Path(".../l4r5_kws.bin"), board, "kws")
print(measurement.cycles_per_inference, measurement.seconds)
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from scons_tinyml.emulator.machine import Machine
from scons_tinyml.emulator.timing import TimingModel
from scons_tinyml.records.board import Board
from scons_tinyml.records.errors import FirmwareFault
from scons_tinyml.validation.checkout import Network
from scons_tinyml.validation.inputs import made_up_input
from scons_tinyml.validation.talk import Conversation, Line, Mark

_LAP, _RESULTS = "m-lap-us-", "m-results-"
_ITERATIONS: dict[Network, int] = {"ad": 5, "ic": 1, "kws": 1, "vww": 1}
"""Inferences to time. One of the anomaly detector is so short that the code around it would count."""


@dataclass(frozen=True)
class Measurement:
    """Counts of one inference of an image, and its output."""

    cycles_per_inference: float
    instructions_per_inference: float
    clock_hz: int  # clock of the core that the image sets
    lap_us: float  # time of one inference by the image's own timer, with the printing of the first lap
    results: str  # line with the network's outputs
    output: str
    differences: tuple[str, ...]  # of the image's settings from the board file

    @property
    def seconds(self) -> float:
        """Seconds of one inference."""
        return self.cycles_per_inference / self.clock_hz


def measure(
    image: Path,
    board: Board,
    network: Network,
    *,
    iterations: int | None = None,
    warmup: int = 1,
    data: bytes | None = None,
    model: TimingModel | None = None,
    timing: bool = True,
) -> Measurement:
    """Boot `image`, send it `data` (default: made up; b"" sends none) and time `iterations` inferences.

    The image prints its first lap before the inferences begin, so the lap contains that printing. Its cycles are
    measured separately, by the command `timestamp`, and subtracted. Without `timing`, cycles are instructions.
    `warmup` inferences run before the first lap. Raises FirmwareFault.
    """
    machine = Machine(board, timing=timing, model=model)
    machine.load(image)
    talk, iterations = Conversation(machine), iterations or _ITERATIONS[network]
    said = talk.answer()
    if data != b"":
        talk.load(data or made_up_input(network))
    lap, *after = _from_lap(talk.ask("timestamp"))
    printing = after[0].begun - lap.begun
    said += (answer := talk.ask(f"infer {iterations} {warmup}"))
    first, last, microseconds = _laps(answer)
    spent = last - first - printing
    return Measurement(
        cycles_per_inference=(spent.cycles if timing else spent.instructions) / iterations,
        instructions_per_inference=spent.instructions / iterations,
        clock_hz=machine.core_clock_hz,
        lap_us=microseconds / iterations,
        results=next((line.text for line in answer if line.text.startswith(_RESULTS)), ""),
        output="\n".join(line.text for line in said),
        differences=tuple(machine.differences()),
    )


def _from_lap(lines: list[Line]) -> list[Line]:
    """Return the lines from the first lap on, at least two. Raises FirmwareFault."""
    for index, line in enumerate(lines[:-1]):
        if line.text.startswith(_LAP):
            return lines[index:]
    raise FirmwareFault("the firmware answers no lap to 'timestamp'")


def _laps(lines: list[Line]) -> tuple[Mark, Mark, int]:
    """Return the moments of the two laps around the inferences, and the microseconds between. Raises FirmwareFault."""
    laps = [line for line in lines if line.text.startswith(_LAP)]
    if len(laps) != 2:
        raise FirmwareFault(f"the firmware prints {len(laps)} laps around its inferences, not 2")
    first, last = (int(line.text.removeprefix(_LAP)) for line in laps)
    return laps[0].begun, laps[1].begun, (last - first) % (1 << 32)
