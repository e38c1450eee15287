"""SIGN: -1 for negative values, 1 for positive ones, 0 for others."""

from __future__ import annotations

from scons_tinyml.stages.graph.families.elementwise.unary import Unary


class Sign(Unary):
    """TensorFlow Lite Micro lacks the operator."""

    name = "SIGN"
    types = ("int32", "float32")
    litert_types = ("int32", "float32")


OPERATOR = Sign()
