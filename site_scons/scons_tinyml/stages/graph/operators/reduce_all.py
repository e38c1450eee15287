"""REDUCE_ALL: True where all values along the axes in a constant second input are."""

from __future__ import annotations

from scons_tinyml.stages.graph.families.reducing.truth import Truth


class ReduceAll(Truth):
    """The smallest of the values."""

    name = "REDUCE_ALL"
    largest = False


OPERATOR = ReduceAll()
