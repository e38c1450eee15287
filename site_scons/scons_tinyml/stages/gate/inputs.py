"""Readers of what the stages before the gate write."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from scons_tinyml.records.errors import InternalError
from scons_tinyml.stages.firmware.sizes import Sizes
from scons_tinyml.stages.run.record import RunResult

Loaded = TypeVar("Loaded")


@dataclass(frozen=True)
class Evaluation:
    """Accuracy of both versions of the network on the test split, None where a version was not evaluated."""

    metric: str
    samples: int
    float_accuracy: float | None
    int8_accuracy: float | None


def read_sizes(path: Path) -> Sizes:
    """The `sizes.json` of an image. Raises InternalError when it is anything else."""
    return _read(path, lambda values: Sizes(**values))


def read_run(path: Path) -> RunResult:
    """The `run.json` of an image. Raises InternalError when it is anything else."""
    return _read(
        path, lambda values: RunResult(**{**values, "cycles_by_sample": tuple(values["cycles_by_sample"])})
    )


def read_evaluation(path: Path) -> Evaluation:
    """The `accuracy.json` of a model, with `metric`, `samples`, `float` and `int8`. Raises InternalError."""
    return _read(
        path,
        lambda values: Evaluation(values["metric"], values["samples"], values["float"], values["int8"]),
    )


def _read(path: Path, make: Callable[[Mapping[str, Any]], Loaded]) -> Loaded:
    try:
        return make(json.loads(path.read_bytes()))
    except OSError as error:
        raise InternalError(f"cannot be read: {error.strerror}", where=path) from None
    except (LookupError, TypeError, ValueError) as error:
        raise InternalError(f"is not what the stage before the gate writes: {error}", where=path) from None
