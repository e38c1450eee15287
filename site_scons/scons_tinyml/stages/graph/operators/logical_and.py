"""LOGICAL_AND: true where both values are true."""

from __future__ import annotations

from scons_tinyml.stages.graph.families.elementwise.logical import Logical


class LogicalAnd(Logical):
    """True where both values are true."""

    name = "LOGICAL_AND"
    truth = 0b1000


OPERATOR = LogicalAnd()
