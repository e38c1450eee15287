"""REDUCE_MAX: the largest value along the axes in a constant second input."""

from __future__ import annotations

from scons_tinyml.stages.graph.families.reducing.extreme import Extreme


class ReduceMax(Extreme):
    """The largest of each group of values; NaNs are ignored."""

    name = "REDUCE_MAX"
    largest = True


OPERATOR = ReduceMax()
