"""Samples of a data set that the firmware runs on."""

from __future__ import annotations

from scons_tinyml.stages.data.labelled import Splits
from scons_tinyml.stages.data.split import classes_in_turn
from scons_tinyml.stages.graph.ir import Graph
from scons_tinyml.stages.quantize.sequences import call_shape
from scons_tinyml.stages.samples import Samples

COUNT = 16
"""Number of samples that the firmware runs on."""


def run_samples(splits: Splits, graph: Graph) -> Samples:
    """Return the first samples of the test split, equally many of each class; of train where there is no test split.

    The calls of a sequence are samples of their own, without labels.
    """
    split = splits.test if len(splits.test) else splits.train
    chosen = split.take(classes_in_turn(split)[:COUNT])
    shape = call_shape(graph.tensors[graph.inputs[0]])
    if chosen.values.shape[1:] != shape:
        return Samples((chosen.values.reshape(-1, *shape)[:COUNT],))
    return Samples((chosen.values,), chosen.labels if chosen.classes else None)
