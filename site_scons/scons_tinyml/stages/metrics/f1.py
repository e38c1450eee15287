"""F1: the harmonic mean of precision and recall.

Of class 1 where there are two classes, else the mean over all classes. It is 0 for a class that neither
labels nor outputs have.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scons_tinyml.stages.metrics.classes import predicted

if TYPE_CHECKING:
    from scons_tinyml.stages.metrics.classes import Array

TASKS = ("classification",)
BETTER = "higher"
UNIT = "fraction"


def compute(labels: Array, outputs: Array) -> float:
    """Return 2 * hits / (samples of the class + samples that were taken for it)."""
    import numpy as np

    found, classes = predicted(outputs), outputs.shape[1]
    wanted = (1,) if classes == 2 else range(classes)
    return float(np.mean([_of_class(labels == label, found == label) for label in wanted]))


def _of_class(is_in: Array, taken: Array) -> float:
    total = int(is_in.sum()) + int(taken.sum())
    return 2 * int((is_in & taken).sum()) / total if total else 0.0
