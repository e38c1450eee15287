"""What the gate takes from the stages before it, as typed records and as the JSON files that carry them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Self, TypeVar

from scons_tinyml.records.errors import InternalError
from scons_tinyml.stages.files import read_json


@dataclass(frozen=True)
class Sizes:
    """Bytes of an image, out of its ELF file. `sizes.json` has the same keys."""

    flash_bytes: int
    """The whole image: everything that is flashed."""
    code_bytes: int
    weight_bytes: int
    """Constant tensors of the network; what is neither code nor weights is 'other' in the report."""
    data_bytes: int
    bss_bytes: int
    """Zeroed data without the arena."""
    arena_bytes: int
    region_bytes: Mapping[str, int]
    """Bytes by memory region of the board, the stack not counted."""
    stack_region: str
    """Name of the region that the stack lies in."""
    sections: Mapping[str, int] = field(default_factory=dict)
    """Allocated sections by name."""
    code_by_object: Mapping[str, int] = field(default_factory=dict)
    """Code by kernel or object file, as far as the map tells."""

    @classmethod
    def from_json(cls, path: Path) -> Self:
        """Sizes out of `path`; InternalError when a key is missing or unknown."""
        return _read(cls, path)


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
    """Core and version of the timing model."""
    band_low: float
    """Factor on the cycles for the fast end of the error band, such as 0.95."""
    band_high: float
    """Factor for the slow end, such as 1.05."""
    band: str
    """Where the band comes from; that there was no comparison with hardware, if so."""
    max_ulps: int = 0
    tolerance_ulps: int = 0
    cycles_by_sample: tuple[int, ...] = ()

    @classmethod
    def from_json(cls, path: Path) -> Self:
        """The run in `path`; InternalError when a key is missing or unknown."""
        return _read(cls, path)


@dataclass(frozen=True)
class Evaluation:
    """Accuracy of both versions of the network on the test split, None where a version was not evaluated."""

    metric: str
    samples: int
    float_accuracy: float | None
    int8_accuracy: float | None

    @classmethod
    def from_json(cls, path: Path) -> Self:
        """The keys `metric`, `samples`, `float` and `int8` of `path`; InternalError when one is missing."""
        values = read_json(path)
        try:
            return cls(values["metric"], values["samples"], values["float"], values["int8"])
        except KeyError as error:
            raise InternalError(f"missing key {error}", where=path) from None


@dataclass(frozen=True)
class RejectedKernel:
    """A kernel that the plan did not take for a layer, and its cycles where it was measured."""

    kernel: str
    reason: str
    cycles: int | None = None


@dataclass(frozen=True)
class PlannedLayer:
    """What the plan decided for one layer. A layer without a kernel runs nothing."""

    index: int
    kernel: str | None
    cycles: int
    scratch_bytes: int
    rejected: tuple[RejectedKernel, ...] = ()


Loaded = TypeVar("Loaded")


def _read(record: type[Loaded], path: Path) -> Loaded:
    values = read_json(path)
    try:
        return record(
            **{key: tuple(value) if isinstance(value, list) else value for key, value in values.items()}
        )
    except TypeError as error:  # what an unknown or missing argument raises
        raise InternalError(
            str(error).replace("__init__()", "is not what the gate reads:"), where=path
        ) from None
