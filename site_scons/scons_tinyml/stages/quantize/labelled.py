"""Samples of a data set that the firmware runs on."""

from __future__ import annotations

from scons_tinyml.stages.data.labelled import LabelledSamples, Splits
from scons_tinyml.stages.data.split import classes_in_turn
from scons_tinyml.stages.samples import Samples

COUNT = 16
"""Number of samples that the firmware runs on."""


def run_samples(splits: Splits) -> Samples:
    """Return samples of the test split, equally many of each class; of the training split where it has none."""
    return labelled_samples(splits.test if len(splits.test) else splits.train)


def labelled_samples(test: LabelledSamples) -> Samples:
    """Return the first samples of the test split, equally many of each class."""
    chosen = test.take(classes_in_turn(test)[:COUNT])
    return Samples((chosen.values,), chosen.labels if chosen.classes else None)
