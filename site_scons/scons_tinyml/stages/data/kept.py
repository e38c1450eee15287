"""Splits with some of their classes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from scons_tinyml.records.errors import InputError
from scons_tinyml.records.suggest import did_you_mean
from scons_tinyml.stages.data.labelled import LabelledSamples, Splits


def keep_classes(splits: Splits, names: Sequence[str], where: Path) -> Splits:
    """Return `splits` with samples of the classes `names` alone, or `splits` where none is named.

    The classes stay in the order of the data set. Raises InputError, for the file `where`, for an unknown class.
    """
    if not names:
        return splits
    known = splits.test.classes
    for name in names:
        if name not in known:
            problem = f"there is no class {name!r}; {did_you_mean(name, known)}"
            raise InputError(problem, where=where, key="dataset.classes")
    train, validation, test = (_kept(part, names) for part in splits.parts.values())
    return replace(splits, train=train, validation=validation, test=test)


def _kept(part: LabelledSamples, names: Sequence[str]) -> LabelledSamples:
    import numpy as np

    labels = [label for label, name in enumerate(part.classes) if name in names]
    found = part.take(np.flatnonzero(np.isin(part.labels, labels)))
    new = np.searchsorted(labels, found.labels).astype(part.labels.dtype)
    return replace(found, labels=new, classes=tuple(part.classes[label] for label in labels))
