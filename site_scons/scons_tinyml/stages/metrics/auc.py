"""Area under the receiver operating characteristic: the probability that the output of a class is higher for a sample
of that class than for another one; equal outputs count half. Of class 1 where there are two classes, else the mean over
all classes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from scons_tinyml.stages.metrics.classes import Array

TASKS = ("classification",)
BETTER = "higher"
UNIT = "fraction"


def compute(labels: Array, outputs: Array) -> float:
    """Return the area, by ranks of the outputs (Mann and Whitney). It is no number where a class has no sample."""
    import numpy as np

    classes = outputs.shape[1]
    wanted = (1,) if classes == 2 else range(classes)
    return float(np.mean([area(labels == label, outputs[:, label]) for label in wanted]))


def area(is_in: Array, scores: Array) -> float:
    """Return the area for the samples where `is_in` is true against the others; NaN where there are none."""
    import numpy as np

    inside = int(is_in.sum())
    outside = len(is_in) - inside
    if not inside or not outside:
        return float("nan")
    _, equals, counts = np.unique(scores, return_inverse=True, return_counts=True)
    ranks = np.cumsum(counts) - (counts - 1) / 2
    above = float(ranks[equals][is_in].sum()) - inside * (inside + 1) / 2
    return above / (inside * outside)
