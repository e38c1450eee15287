"""REDUCE_MIN: the smallest value along the axes in a constant second input."""

from __future__ import annotations

from scons_tinyml.stages.graph.families.reducing.extreme import Extreme


class ReduceMin(Extreme):
    """The smallest of each group of values; NaNs are ignored."""

    name = "REDUCE_MIN"
    largest = False


OPERATOR = ReduceMin()
