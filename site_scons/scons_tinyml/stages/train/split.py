"""A data set without duplicates in three parts, labelled for a model's task."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from scons_tinyml.records.errors import InputError
from scons_tinyml.records.model import Dataset, Model
from scons_tinyml.records.suggest import did_you_mean
from scons_tinyml.stages.train.datasets import load
from scons_tinyml.stages.train.labelled import LabelledSamples, Splits

if TYPE_CHECKING:
    from scons_tinyml.stages.train.labelled import IndexArray


def read_splits(model: Model, where: Path) -> Splits:
    """Return the data set of `model`, which the file `where` describes, ready for training and testing.

    Raises InputError for a data set, class or shape that does not exist, EnvironmentProblem for data that is
    not installed.
    """
    assert model.dataset is not None
    data = load(model.dataset.name, where)
    shape = data.values.shape[1:]
    if model.input is not None and model.input.shape != shape:
        raise InputError(
            f"found {list(model.input.shape)}; samples of {model.dataset.name} have {list(shape)}",
            where=where,
            key="input.shape",
        )
    positive = model.dataset.positive_class
    if positive is not None and positive not in data.classes:
        raise InputError(
            f"{model.dataset.name} has no class {positive!r}; {did_you_mean(positive, data.classes)}",
            where=where,
            key="dataset.positive_class",
        )
    splits = split(remove_duplicates(data), model.dataset)
    return splits if positive is None else _binary(splits, positive)


def remove_duplicates(data: LabelledSamples) -> LabelledSamples:
    """Return the first of all identical samples, or none when their labels differ, as one is wrong."""
    import numpy as np

    first: dict[bytes, int] = {}
    labels: dict[bytes, set[int]] = {}
    for index, (value, label) in enumerate(zip(data.values, data.labels, strict=True)):
        key = value.tobytes()
        first.setdefault(key, index)
        labels.setdefault(key, set()).add(int(label))
    kept = [index for key, index in first.items() if len(labels[key]) == 1]
    return data.take(np.array(kept, np.intp))


def split(data: LabelledSamples, dataset: Dataset) -> Splits:
    """Return three parts with equal shares of every class, in random order.

    Only `dataset.seed` determines them.
    """
    import numpy as np

    random = np.random.default_rng(dataset.seed)
    ends = (dataset.train_fraction, dataset.train_fraction + dataset.validation_fraction)
    parts: tuple[list[IndexArray], ...] = ([], [], [])
    for label in range(len(data.classes)):
        members = random.permutation(data.members(label))
        cuts = [round(len(members) * end) for end in ends]
        for part, chosen in zip(parts, np.split(members, cuts), strict=True):
            part.append(chosen)
    return Splits(*(data.take(random.permutation(np.concatenate(part))) for part in parts))


def one_against_rest(data: LabelledSamples, positive: str) -> LabelledSamples:
    """Return the same samples with two labels: 1 for the class `positive`, 0 for all others."""
    import numpy as np

    labels = (data.labels == data.classes.index(positive)).astype(np.int64)
    return LabelledSamples(data.values, labels, (f"not {positive}", positive))


def _binary(splits: Splits, positive: str) -> Splits:
    parts = (splits.train, splits.validation, splits.test)
    return Splits(*(one_against_rest(part, positive) for part in parts))


def classes_in_turn(data: LabelledSamples) -> IndexArray:
    """Return all indices: the first n have n / classes of each class, as long as its samples last."""
    import numpy as np

    turn = np.zeros(len(data), np.intp)
    for label in range(len(data.classes)):
        members = data.members(label)
        turn[members] = np.arange(len(members))
    return np.lexsort((data.labels, turn))
