"""Metrics of a model as an artefact, `accuracy.json`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from scons_tinyml.records.typed import from_values
from scons_tinyml.stages.files import read_record


@dataclass(frozen=True)
class MetricValues:
    """A metric called `name` of the float and the int8 network; `metric` is its function."""

    name: str
    metric: str
    better: Literal["higher", "lower"]
    unit: Literal["fraction", "number"]
    of_float: float | None
    of_int8: float | None

    @property
    def drop(self) -> float | None:
        """By how much int8 is worse, below zero where it is better; None if one of the two was not evaluated."""
        if self.of_float is None or self.of_int8 is None:
            return None
        if self.better == "higher":
            return self.of_float - self.of_int8
        return self.of_int8 - self.of_float

    def to_json(self) -> dict[str, Any]:
        """Return the entry of accuracy.json."""
        values = {**vars(self), "drop": self.drop}
        return {key.removeprefix("of_"): value for key, value in values.items()}


@dataclass(frozen=True)
class Evaluation:
    """Metrics of the float and the int8 network on the same `samples` of the test split.

    `agreement` is the share of samples with the same class in both networks, right or wrong; None for a regression,
    and where only one of the two was evaluated.
    `overlap` is the number of samples that are also in the other splits.
    """

    metrics: tuple[MetricValues, ...]
    samples: int
    agreement: float | None
    oracle: str
    overlap: int = 0

    def to_json(self) -> dict[str, Any]:
        """Return the content of accuracy.json."""
        return {**vars(self), "metrics": [one.to_json() for one in self.metrics]}

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Evaluation:
        """Return the evaluation in `values`, a result of `to_json`. Raises LookupError, TypeError, ValueError."""
        metrics = [
            {f"of_{key}" if key in ("float", "int8") else key: one[key] for key in one if key != "drop"}
            for one in values["metrics"]
        ]
        return from_values(cls, {**values, "metrics": metrics})


def read_evaluation(path: Path) -> Evaluation:
    """Return the `accuracy.json` of a model. Raises InputError for other content."""
    return read_record(path, Evaluation.from_json)
