"""LOGICAL_OR: true where at least one of two values is true."""

from __future__ import annotations

from scons_tinyml.stages.graph.families.elementwise.logical import Logical


class LogicalOr(Logical):
    """True where one of two values is true."""

    name = "LOGICAL_OR"
    truth = 0b1110


OPERATOR = LogicalOr()
