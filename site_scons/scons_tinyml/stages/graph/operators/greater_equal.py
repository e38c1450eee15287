"""GREATER_EQUAL: true where input 1 is not less than input 2."""

from __future__ import annotations

from scons_tinyml.stages.graph.families.elementwise.comparison import GREATER, SAME, Comparison


class GreaterEqual(Comparison):
    """True where input 1 is not less than input 2."""

    name = "GREATER_EQUAL"
    answers = GREATER | SAME


OPERATOR = GreaterEqual()
