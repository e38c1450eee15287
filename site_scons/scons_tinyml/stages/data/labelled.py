"""Labelled samples for training and evaluation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import Any

    import numpy as np
    import numpy.typing as npt

    FloatArray = npt.NDArray[np.float32]
    LabelArray = npt.NDArray[Any]
    IndexArray = npt.NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class LabelledSamples:
    """`values` of shape (samples, shape of one...), and a label for each.

    Labels of a classification are int64 of shape (samples,) and index `classes`. Labels of a regression are float32 of
    shape (samples, shape of an output...), and there are no classes. Samples without labels have zeros of shape
    (samples,), and no classes. `recordings`, of shape (samples,), numbers the recording that a window was cut from;
    None if each sample stands for itself.
    """

    values: FloatArray
    labels: LabelArray
    classes: tuple[str, ...] = ()
    recordings: IndexArray | None = None

    def __len__(self) -> int:
        return len(self.values)

    def take(self, indices: IndexArray) -> LabelledSamples:
        """Return the samples at `indices`, in that order."""
        recordings = None if self.recordings is None else self.recordings[indices]
        return LabelledSamples(self.values[indices], self.labels[indices], self.classes, recordings)

    def members(self, label: int) -> IndexArray:
        """Return the indices of the samples of one class, ascending."""
        import numpy as np

        return np.flatnonzero(self.labels == label)

    def by_class(self) -> tuple[IndexArray, ...]:
        """Return the indices of the samples of each class; all as one group where there are no classes."""
        import numpy as np

        if not self.classes:
            return (np.arange(len(self)),)
        return tuple(self.members(label) for label in range(len(self.classes)))


@dataclass(frozen=True, eq=False)
class Splits:
    """Three parts. They share no sample, but for `overlap` samples of `test`, where a model.toml allows that.

    A network that is given needs no training and validation: those parts are then empty.
    """

    train: LabelledSamples
    validation: LabelledSamples
    test: LabelledSamples
    overlap: int = 0

    @property
    def parts(self) -> dict[str, LabelledSamples]:
        """The parts by name."""
        return {"train": self.train, "validation": self.validation, "test": self.test}


def joined(parts: Sequence[LabelledSamples]) -> LabelledSamples:
    """Return the samples of all `parts`, one part after another. Recordings of different parts stay different."""
    import numpy as np

    recordings, count = [], 0
    for part in parts:
        of_part = np.arange(len(part)) if part.recordings is None else part.recordings
        recordings.append(of_part + count)
        count = int(recordings[-1].max(initial=count - 1)) + 1
    return LabelledSamples(
        np.concatenate([part.values for part in parts]),
        np.concatenate([part.labels for part in parts]),
        parts[0].classes,
        None if all(part.recordings is None for part in parts) else np.concatenate(recordings),
    )


def output_of(samples: LabelledSamples) -> int | tuple[int, ...]:
    """Return what a network has to give for a sample: the number of classes, or of values, or else their shape."""
    if samples.classes:
        return len(samples.classes)
    shape = tuple(map(int, samples.labels.shape[1:]))
    return shape[0] if len(shape) == 1 else shape
