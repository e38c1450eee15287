"""What a run found out, as an artefact, `run.json`."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from scons_tinyml.stages.files import read_record


@dataclass(frozen=True)
class RunResult:
    """What the image did in the emulator or on a board. `run.json` has the same keys."""

    cycles: int
    """Of the slowest sample."""
    instructions: int
    """Of that sample."""
    stack_bytes: int
    """Deepest use of the stack since reset."""
    samples: int
    compared_bytes: int
    differing_bytes: int
    oracle: str
    evidence: Literal["hardware", "emulator"]
    timing_model: str
    """Version of the timing model, which names the core."""
    band_low: float
    """Factor on the cycles for the fast end of the error band, such as 0.95."""
    band_high: float
    """Factor for the slow end, such as 1.05."""
    band: str
    """Where the band comes from; that there was no comparison with hardware, if so."""
    max_ulps: int = 0
    tolerance_ulps: int = 0
    cycles_by_sample: tuple[int, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Content of run.json."""
        return asdict(self)


def read_run(path: Path) -> RunResult:
    """The `run.json` of an image. Raises InternalError when it is anything else."""
    return read_record(
        path, lambda values: RunResult(**{**values, "cycles_by_sample": tuple(values["cycles_by_sample"])})
    )
