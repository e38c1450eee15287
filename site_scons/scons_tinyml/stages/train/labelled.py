"""Labelled samples for training and evaluation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    FloatArray = npt.NDArray[np.float32]
    LabelArray = npt.NDArray[np.int64]
    IndexArray = npt.NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class LabelledSamples:
    """`values` of shape (samples, shape of one...), `labels` of shape (samples,) that index `classes`."""

    values: FloatArray
    labels: LabelArray
    classes: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.labels)

    def take(self, indices: IndexArray) -> LabelledSamples:
        """Return the samples at `indices`, in that order."""
        return LabelledSamples(self.values[indices], self.labels[indices], self.classes)

    def members(self, label: int) -> IndexArray:
        """Return the indices of the samples of one class, ascending."""
        import numpy as np

        return np.flatnonzero(self.labels == label)


@dataclass(frozen=True, eq=False)
class Splits:
    """Three parts that share no sample."""

    train: LabelledSamples
    validation: LabelledSamples
    test: LabelledSamples


def balanced_accuracy(labels: LabelArray, predicted: LabelArray) -> float:
    """Return the mean over the classes in `labels` of the share of their samples that was recognized."""
    import numpy as np

    return float(np.mean([np.mean(predicted[labels == label] == label) for label in np.unique(labels)]))
