"""LOGICAL_NOT: the opposite truth value."""

from __future__ import annotations

from scons_tinyml.stages.graph.families.elementwise.unary import Unary


class LogicalNot(Unary):
    """A function of truth values: bool, one byte each, 0 or 1."""

    name = "LOGICAL_NOT"
    types = ("bool",)


OPERATOR = LogicalNot()
