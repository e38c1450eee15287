"""REDUCE_ANY: True where any value along the axes in a constant second input is."""

from __future__ import annotations

from scons_tinyml.stages.graph.families.reducing.truth import Truth


class ReduceAny(Truth):
    """The largest of the values; TensorFlow Lite Micro lacks the operator."""

    name = "REDUCE_ANY"
    largest = True
    litert_types = ("bool",)


OPERATOR = ReduceAny()
