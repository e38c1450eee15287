"""Mean over the classes of the share of their samples that was recognized: rare classes count as much as others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scons_tinyml.stages.metrics.classes import predicted

if TYPE_CHECKING:
    from scons_tinyml.stages.metrics.classes import Array

TASKS = ("classification",)
BETTER = "higher"
UNIT = "fraction"


def compute(labels: Array, outputs: Array) -> float:
    """Return the mean recall of the classes in `labels`."""
    return balanced_accuracy(labels, predicted(outputs))


def balanced_accuracy(labels: Array, found: Array) -> float:
    """Return the mean over the classes in `labels` of the share of their samples that `found` has."""
    import numpy as np

    return float(np.mean([np.mean(found[labels == label] == label) for label in np.unique(labels)]))
