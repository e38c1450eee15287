"""Accuracy of a model as an artefact, `accuracy.json`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from scons_tinyml.records.typed import from_values
from scons_tinyml.stages.files import read_record


@dataclass(frozen=True)
class Evaluation:
    """Accuracy of the float and the int8 network on the same `samples` of the test split.

    `agreement` is the share of samples with the same class in both networks, right or wrong.
    """

    metric: str
    samples: int
    float_accuracy: float
    int8_accuracy: float
    agreement: float
    oracle: str

    def to_json(self) -> dict[str, Any]:
        """Return the content of accuracy.json."""
        return {
            "metric": self.metric,
            "float": self.float_accuracy,
            "int8": self.int8_accuracy,
            "drop": self.float_accuracy - self.int8_accuracy,
            "agreement": self.agreement,
            "samples": self.samples,
            "oracle": self.oracle,
        }

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Evaluation:
        """Return the evaluation in `values`, a result of `to_json`. Raises LookupError, TypeError, ValueError."""
        names = {"float_accuracy": "float", "int8_accuracy": "int8"}
        return from_values(
            cls, {field.name: values[names.get(field.name, field.name)] for field in fields(cls)}
        )


def read_evaluation(path: Path) -> Evaluation:
    """Return the `accuracy.json` of a model. Raises InputError for other content."""
    return read_record(path, Evaluation.from_json)
