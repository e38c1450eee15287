"""Result of a run as an artefact, `run.json`."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from scons_tinyml.records.typed import from_values
from scons_tinyml.stages.files import read_record


@dataclass(frozen=True)
class LayerBand:
    """Kind of a layer's code and the error band of that kind."""

    index: int
    kind: str
    low: float
    """Factor on the cycles of the layer for the fast end of the band."""
    high: float
    comparisons: int
    """Programs of this kind that were compared with a board; 0: the band is a guess."""


@dataclass(frozen=True)
class FunctionCycles:
    """Cycles, instructions and calls of a function itself, without what it called."""

    name: str
    cycles: int
    instructions: int
    calls: int


@dataclass(frozen=True)
class RunResult:
    """Result of the image in the emulator or on a board. `run.json` has the same keys."""

    cycles: int
    """Cycles of the slowest sample, from the first instruction of the call to its return."""
    instructions: int
    """Instructions of that sample."""
    stack_bytes: int
    """Deepest use of the stack since reset."""
    samples: int
    compared_bytes: int
    differing_bytes: int
    oracle: str
    evidence: Literal["hardware", "emulator"]
    timing_model: str
    """Version of the timing model, with the core's name."""
    band_low: float
    """Factor on the cycles for the fast end of the error band, such as 0.95."""
    band_high: float
    """Factor for the slow end, such as 1.05."""
    band: str
    """Kinds of code of the layers, and the comparisons with hardware of each, or a note that there are none."""
    layers: tuple[LayerBand, ...] = ()
    """Bands of the layers that have a kernel."""
    max_ulps: int = 0
    tolerance_ulps: int = 0
    cycles_by_sample: tuple[int, ...] = ()
    """Cycles of each sample, with handlers that came in between."""
    interrupt_cycles: int = 0
    """Cycles of handlers that came in between, in the slowest sample. `cycles` does not count them."""
    network: str = ""
    """Name of the network in an image with sources of its users; empty for our own main."""
    measured: str = ""
    """What the cycles are of in such an image: 'kws_invoke', 'classify', 'begin to end'."""
    functions: tuple[FunctionCycles, ...] = ()
    """Functions of the slowest sample, the costliest first; none for an image with sources of its users."""
    stack_is_known: bool = True
    """False where the place of the stack is not known; `stack_bytes` is then 0."""

    def to_json(self) -> dict[str, Any]:
        """Return the content of run.json."""
        return asdict(self)


def read_run(path: Path) -> RunResult:
    """Return the `run.json` of an image. Raises InputError for other content."""
    return read_record(path, lambda values: from_values(RunResult, values))
