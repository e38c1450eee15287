"""What a run found out, as an artefact, `run.json`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


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
