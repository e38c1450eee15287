"""Mean distance between outputs and labels, over all values of all samples."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from scons_tinyml.stages.metrics.classes import Array

TASKS = ("regression",)
BETTER = "lower"
UNIT = "number"


def compute(labels: Array, outputs: Array) -> float:
    """Return the mean absolute difference, computed in float64."""
    import numpy as np

    return float(np.mean(np.abs(outputs.reshape(labels.shape).astype(np.float64) - labels)))
